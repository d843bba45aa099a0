/** What a stranger may make the gateway keep, read or wait for. */
export interface Limits {
  readonly requestLineBytes: number;
  readonly headBytes: number;
  readonly headers: number;
  readonly connections: number;
  /** From a request's first byte to the end of its head. */
  readonly headTimeoutMs: number;
  /** A kept connection without a request. */
  readonly idleTimeoutMs: number;
  /** Before the answer begins, an upload slower than this over `bodyRateWindowMs` is given up. */
  readonly bodyBytesPerSecond: number;
  readonly bodyRateWindowMs: number;
  /** A client that takes nothing of its answer for this long is cut off. */
  readonly writeStallMs: number;
  /** How long the rest of an upload is read and thrown away, so that its sender gets to see the answer. */
  readonly lingerMs: number;
  /** After it another replica is tried. */
  readonly connectTimeoutMs: number;
  /** The same where there is no other: a kernel asks again after 1, 3 and 7 s. */
  readonly lastConnectTimeoutMs: number;
  /** Longest use of an idle connection to a replica; common servers close theirs after 5 s. */
  readonly upstreamIdleMs: number;
  /** The same for requests that may not be sent twice: well before anyone would close it (gunicorn: 2 s). */
  readonly upstreamIdleOnceMs: number;
  readonly queuedPerRoute: number;
  readonly interimAnswers: number;
  readonly connectAttempts: number;
}

export const defaultLimits: Limits = {
  requestLineBytes: 8 * 1024,
  headBytes: 32 * 1024,
  headers: 100,
  connections: 20_000,
  headTimeoutMs: 10_000,
  idleTimeoutMs: 65_000,
  bodyBytesPerSecond: 100,
  bodyRateWindowMs: 10_000,
  writeStallMs: 60_000,
  lingerMs: 2_000,
  connectTimeoutMs: 2_000,
  lastConnectTimeoutMs: 10_000,
  upstreamIdleMs: 4_000,
  upstreamIdleOnceMs: 1_500,
  queuedPerRoute: 1_000,
  interimAnswers: 8,
  connectAttempts: 4,
};
