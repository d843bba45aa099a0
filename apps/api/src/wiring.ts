import { hkdfSync } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ClusterAccess } from '@sconce/contract';
import type { RepositoryId } from '@sconce/core';
import { type Database, findRemovedRepositories, openDatabase } from '@sconce/db';
import { createDeliveryRecorder, type Deps, type SourceHosts } from '@sconce/engine';
import { createLog, type Log, listRefs, type RefFacts, systemClock } from '@sconce/foundation';
import { createPasskeyVerifier } from '@sconce/passkeys-webauthn';
import type { PasskeyPlace, PasskeyVerifier, SecretOpener, SecretSealer } from '@sconce/ports';
import { type KeyRing, loadKeys, openerFor, sealerFor, withoutPrivateHalves } from '@sconce/secrets-local';
import {
  beginBranch,
  createBuiltinSourceHost,
  createRepository,
  deleteRepository,
  type FirstCommit,
  type GitExchange,
  putBack,
  type RefUpdate,
  repositoryDirectory,
  serveGit,
} from '@sconce/source-builtin';
import { CallSlots } from './calls/call-slots.ts';
import type { ApiConfig } from './config.ts';
import type { ApiContext } from './context.ts';
import { readExamples } from './examples/read-examples.ts';
import { makeAddressReader } from './http/addresses.ts';
import { RateLimiter } from './http/rate-limit.ts';
import { LastUse } from './last-use.ts';
import { Metrics } from './metrics/metrics.ts';
import { openDashboardSite } from './pages/dashboard-site.ts';
import { passkeyPlaceOf } from './passkey-place.ts';
import { EventFeed } from './streams/event-feed.ts';
import { LogFeeds } from './streams/log-feeds.ts';
import { MetricFeed } from './streams/metric-feed.ts';
import { OpenStreams } from './streams/open-streams.ts';

export type { RefUpdate } from '@sconce/source-builtin';

/** What verbs get from this process. It can seal secrets and open variables; it cannot open a secret. */
export interface VerbDeps extends Deps {
  readonly secretSealer: SecretSealer;
  readonly variableSealer: SecretSealer;
  readonly variableOpener: SecretOpener;
  readonly sources: SourceHosts;
  readonly passkeyVerifier: PasskeyVerifier;
  readonly passkeyPlace: PasskeyPlace | null;
}

/** The bare repositories of the built-in git server. */
export interface GitRepositories {
  /** Makes it when it is not there. Answers its directory. */
  ensure(id: string): Promise<string>;
  remove(id: string): Promise<void>;
  /** Takes away directories of repositories that were removed. */
  sweep(): Promise<void>;
  serve(exchange: GitExchange): Promise<void>;
  refs(id: string): Promise<readonly RefFacts[]>;
  /** The first commit of a branch; null when there is one already. */
  begin(id: string, commit: FirstCommit): Promise<RefUpdate | null>;
  /** Takes back what `begin` did, unless somebody has moved the branch since. */
  undo(id: string, update: RefUpdate): Promise<void>;
}

/** Everything of one API process, put together. The only place that names adapters. */
export async function createContext(
  config: ApiConfig,
  stopping: AbortSignal,
  parts: { readonly db?: Database; readonly log?: Log } = {},
): Promise<ApiContext> {
  const log = parts.log ?? createLog('api', config.logLevel);
  const db =
    parts.db ??
    openDatabase({
      url: config.databaseUrl,
      maxConnections: 24,
      onError: (error) => log.warn({ err: error }, 'a database connection ended'),
    });
  const ring = await loadKeys({
    ...(config.keys.file ? { file: config.keys.file } : {}),
    ...(config.keys.text ? { text: config.keys.text } : {}),
  });
  const now = () => Date.now();
  const metrics = new Metrics();
  const logFeeds = new LogFeeds(db, log);
  const eventFeed = new EventFeed(db, log);
  const metricFeed = new MetricFeed(db, log, now);
  metrics.gauge('sconce_log_followers', 'Log streams that are open', () => logFeeds.following);
  metrics.gauge('sconce_event_followers', 'Event streams that are open', () => eventFeed.following);
  metrics.gauge('sconce_metric_followers', 'Streams of figures that are open', () => metricFeed.following);
  return {
    deps: {
      db,
      clock: systemClock,
      log,
      ...keysOf(ring),
      passkeyVerifier: createPasskeyVerifier(),
      passkeyPlace: passkeyPlaceOf(config.dashboardUrl),
      sources: { builtin: createBuiltinSourceHost({ gitDirectory: resolve(config.gitDirectory) }), github: null },
    },
    git: gitRepositories(resolve(config.gitDirectory), db),
    recorder: createDeliveryRecorder({ db, clock: systemClock }),
    githubSecrets: config.githubSecrets,
    publicUrl: config.publicUrl,
    dashboardUrl: config.dashboardUrl,
    addressOf: makeAddressReader(config.trustedProxies),
    gatewayUrl: config.gatewayUrl,
    schedulerUrl: config.schedulerUrl,
    secureCookies: config.dashboardUrl.startsWith('https:'),
    dashboard: openDashboardSite(config.dashboardDirectory, log, config.dashboardUrl.startsWith('https:')),
    signingKey: Buffer.from(hkdfSync('sha256', ring.fingerprintKey, '', 'sconce cursors', 32)),
    callerLimit: new RateLimiter({ name: 'caller', quota: config.rateLimits.caller, windowSeconds: 60 }, now),
    strangerLimit: new RateLimiter({ name: 'stranger', quota: config.rateLimits.stranger, windowSeconds: 60 }, now),
    lastUse: new LastUse(db, log),
    metrics,
    logFeeds,
    eventFeed,
    metricFeed,
    openStreams: new OpenStreams(200),
    callSlots: new CallSlots(8, 64),
    execSlots: new CallSlots(8, 64, { what: 'commands', hint: 'Wait until one has ended.' }),
    callLimits: config.callLimits,
    examples: await readExamples(config.examplesDirectory, log),
    makeClusterAccess: (mayReadUsage) => makeClusterAccess(config.installation, mayReadUsage),
    stopping,
  };
}

/** Loaded when it is asked for: the adapter brings a client that nothing here needs. */
async function makeClusterAccess(home: string, mayReadUsage: boolean): Promise<ClusterAccess> {
  const { accountOf, makeAccess, makeTokenSecret, tokenSecretName } = await import('@sconce/runtime-kubernetes');
  const place = { home, namespace: 'sconce-system' };
  const { namespace } = place;
  const manifests = [...makeAccess({ ...place, mayReadUsage, mayExec: true }), makeTokenSecret(place)];
  return {
    manifests: manifests.map((manifest) => ({ ...manifest })),
    account: accountOf(place),
    tokenSecret: { namespace, name: tokenSecretName },
  };
}

function keysOf(ring: KeyRing) {
  const keys = withoutPrivateHalves(ring, 'secret');
  return {
    secretSealer: sealerFor(keys, 'secret'),
    variableSealer: sealerFor(keys, 'variable'),
    variableOpener: openerFor(keys, 'variable'),
  };
}

function gitRepositories(directory: string, db: Database): GitRepositories {
  const remove = (id: string) => deleteRepository(directory, id as RepositoryId);
  return {
    ensure: (id) => createRepository(directory, id as RepositoryId),
    remove,
    sweep: async () => {
      const standing = (await readdir(directory).catch(() => [])).flatMap(
        (name) => /^(rpo_[0-9a-z]{26})\.git$/.exec(name)?.[1] ?? [],
      );
      for (const id of await findRemovedRepositories(db.tx, standing)) await remove(id);
    },
    serve: serveGit,
    refs: (id) => listRefs(repositoryDirectory(directory, id as RepositoryId)),
    begin: (id, commit) => beginBranch(repositoryDirectory(directory, id as RepositoryId), commit),
    undo: (id, update) => putBack(repositoryDirectory(directory, id as RepositoryId), [update]),
  };
}
