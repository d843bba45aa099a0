import type { ClusterAccess } from '@sconce/contract';
import type { DeliveryRecorder } from '@sconce/engine';
import type { CallSlots } from './calls/call-slots.ts';
import type { CallLimits } from './calls/forward-call.ts';
import type { Example } from './examples/read-examples.ts';
import type { AddressReader } from './http/addresses.ts';
import type { RateLimiter } from './http/rate-limit.ts';
import type { LastUse } from './last-use.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { DashboardSite } from './pages/dashboard-site.ts';
import type { EventFeed } from './streams/event-feed.ts';
import type { LogFeeds } from './streams/log-feeds.ts';
import type { MetricFeed } from './streams/metric-feed.ts';
import type { OpenStreams } from './streams/open-streams.ts';
import type { GitRepositories, VerbDeps } from './wiring.ts';

/** All that handlers share. One per API process. */
export interface ApiContext {
  readonly deps: VerbDeps;
  readonly git: GitRepositories;
  readonly recorder: DeliveryRecorder;
  readonly githubSecrets: readonly string[];
  readonly publicUrl: string;
  readonly dashboardUrl: string;
  readonly addressOf: AddressReader;
  readonly gatewayUrl: string;
  /** Of a scheduler, which talks to runtimes. */
  readonly schedulerUrl: string;
  readonly secureCookies: boolean;
  readonly dashboard: DashboardSite;
  /** Signs cursors. */
  readonly signingKey: Uint8Array;
  readonly callerLimit: RateLimiter;
  /** Of addresses that send tokens or signatures that are none. */
  readonly strangerLimit: RateLimiter;
  readonly lastUse: LastUse;
  readonly metrics: Metrics;
  readonly logFeeds: LogFeeds;
  readonly eventFeed: EventFeed;
  readonly metricFeed: MetricFeed;
  readonly openStreams: OpenStreams;
  readonly callSlots: CallSlots;
  readonly execSlots: CallSlots;
  readonly callLimits: CallLimits;
  /** Services to try Sconce with, by slug. */
  readonly examples: ReadonlyMap<string, Example>;
  /** What an administrator of a Kubernetes applies before it is added. */
  readonly makeClusterAccess: (mayReadUsage: boolean) => Promise<ClusterAccess>;
  /** Aborts when the server stops: streams end, and their clients come back to another. */
  readonly stopping: AbortSignal;
}

/** Nest's token for it: constructor parameters name it, since types are gone when they are read. */
export const CONTEXT = Symbol('ApiContext');
