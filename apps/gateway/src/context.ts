import type { BlockList } from 'node:net';
import type { Limits } from './limits.ts';
import type { LiveTable } from './table/live-table.ts';

/** What every step of a request shares. */
export interface Context {
  readonly limits: Limits;
  readonly table: LiveTable;
  /** Proxies before this gateway whose word about the client is taken; null when there are none. */
  readonly trustedProxies: BlockList | null;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly newRequestId: () => string;
  /** Set once the gateway is stopping: each answer is the last of its connection. */
  isStopping: boolean;
  readonly counts: GatewayCounts;
  /** Says that the gateway itself is wrong somewhere. */
  readonly onBug: (error: unknown) => void;
}

export interface GatewayCounts {
  connections: number;
  requests: number;
  /** Refused before a route was known, by problem code. */
  readonly refused: Map<string, number>;
}
