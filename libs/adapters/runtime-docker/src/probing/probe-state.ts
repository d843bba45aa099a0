import type { Probe } from '@sconce/core';
import type { ProbeResult } from './probe-once.ts';

/** What probes have shown of one process, from its start on. */
export interface ProbeState {
  readonly verdict: 'starting' | 'ready' | 'unready';
  /** Failures in a row. */
  readonly failures: number;
  /** What the last probe showed, null when it went well. */
  readonly message: string | null;
}

export const notProbedYet: ProbeState = { verdict: 'starting', failures: 0, message: null };

/** A process is starting until it answers once; from then on only `failureThreshold` failures in a row make it unready. */
export function decideProbeState(before: ProbeState, result: ProbeResult, probe: Probe): ProbeState {
  if (result === null) return { verdict: 'ready', failures: 0, message: null };
  const failures = before.failures + 1;
  if (before.verdict === 'starting') return { verdict: 'starting', failures, message: result };
  const isUnready = before.verdict === 'unready' || failures >= probe.failureThreshold;
  return { verdict: isUnready ? 'unready' : 'ready', failures, message: result };
}

const fastestMs = 5;
const slowestMs = 1_000;
const share = 0.02;

/**
 * The pause after a probe. While starting it is a fiftieth of the time since the start: noticing readiness costs about 1 % of
 * what the start took, a quick server is seen within 5 ms, and a model that loads for minutes is asked once a second.
 */
export function probePauseMs(state: ProbeState, sinceStartMs: number, probe: Probe): number {
  if (state.verdict !== 'starting') return Math.max(100, probe.periodMs);
  return Math.min(slowestMs, Math.max(fastestMs, sinceStartMs * share));
}

/** A connection to a container on this machine takes well under a millisecond; one that was lost at its start is tried anew. */
const startingConnectMs = 250;

export function connectTimeoutMs(state: ProbeState, probe: Probe): number {
  return state.verdict === 'starting' ? Math.min(startingConnectMs, probe.timeoutMs) : probe.timeoutMs;
}
