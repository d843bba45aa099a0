import { defaultServiceSettings, type Probe, type ServiceId } from '@sconce/core';
import type { Clock } from '@sconce/ports';
import type { ReadyMarks } from '../state/ready-marks.ts';
import { probeOnce } from './probe-once.ts';
import { connectTimeoutMs, decideProbeState, notProbedYet, type ProbeState, probePauseMs } from './probe-state.ts';

/** One process of one replica: a restart makes another. */
export interface ProbedProcess {
  readonly id: string;
  readonly service: ServiceId;
  readonly startedAt: string;
  readonly host: string;
  readonly port: number;
  readonly probe: Probe;
}

/**
 * Probes each process in a loop of its own, so that a slow one delays no other. Idle loops are one entry each in Node's own
 * timer lists, which share a single timer of the system.
 */
export interface ReplicaProber {
  /** Begins with this process; fine when it is probed already. */
  follow(process: ProbedProcess): void;
  unfollow(id: string): void;
  /** Null when this very process is not probed. */
  state(id: string, startedAt: string): ProbeState | null;
  /** Resolves once this process was probed, or after `limitMs`. */
  probed(id: string, limitMs: number): Promise<void>;
  ids(): readonly string[];
  stop(): void;
}

interface Following {
  readonly process: ProbedProcess;
  readonly abort: AbortController;
  readonly probed: PromiseWithResolvers<void>;
  state: ProbeState;
}

export function createReplicaProber(
  clock: Clock,
  marks: ReadyMarks,
  onChange: (process: ProbedProcess, verdict: ProbeState['verdict']) => void,
): ReplicaProber {
  const followed = new Map<string, Following>();

  async function run(following: Following): Promise<void> {
    const { process, abort } = following;
    const { signal } = abort;
    while (!signal.aborted) {
      await probe(following);
      if (signal.aborted) return;
      const pauseMs = probePauseMs(following.state, clock.now() - Date.parse(process.startedAt), process.probe);
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  async function probe(following: Following): Promise<void> {
    const { process, abort, state } = following;
    const target = {
      host: process.host,
      port: process.port,
      path: process.probe.path,
      timeoutMs: process.probe.timeoutMs,
      connectTimeoutMs: connectTimeoutMs(state, process.probe),
    };
    const result = await probeOnce(target, abort.signal);
    if (abort.signal.aborted) return;
    following.state = decideProbeState(state, result, process.probe);
    following.probed.resolve();
    if (following.state.verdict === state.verdict) return;
    if (following.state.verdict === 'ready') marks.set(process.id, process.startedAt);
    onChange(process, following.state.verdict);
  }

  function unfollow(id: string): void {
    const following = followed.get(id);
    following?.abort.abort();
    following?.probed.resolve();
    followed.delete(id);
  }

  return {
    follow(process) {
      const before = followed.get(process.id)?.process;
      if (before !== undefined && before.startedAt === process.startedAt && before.host === process.host) return;
      // An answer of the engine that was overtaken by a newer one.
      if (before !== undefined && before.startedAt > process.startedAt) return;
      unfollow(process.id);
      const wasReady = marks.has(process.id, process.startedAt);
      const following: Following = {
        process,
        abort: new AbortController(),
        probed: Promise.withResolvers<void>(),
        state: wasReady ? { ...notProbedYet, verdict: 'ready' } : notProbedYet,
      };
      if (wasReady) following.probed.resolve();
      followed.set(process.id, following);
      void run(following);
    },
    unfollow,
    state(id, startedAt) {
      const following = followed.get(id);
      return following?.process.startedAt === startedAt ? following.state : null;
    },
    async probed(id, limitMs) {
      const following = followed.get(id);
      if (following === undefined) return;
      const patience = new AbortController();
      await Promise.race([following.probed.promise, clock.sleep(limitMs, patience.signal).catch(() => undefined)]);
      patience.abort();
    },
    ids: () => [...followed.keys()],
    stop() {
      for (const id of [...followed.keys()]) unfollow(id);
    },
  };
}

/** From the label. What is missing or odd there takes the default. */
export function parseProbe(text: string): Probe {
  const fallback = defaultServiceSettings.probe;
  let given: Partial<Record<keyof Probe, unknown>> = {};
  try {
    given = (JSON.parse(text) ?? {}) as typeof given;
  } catch {
    return fallback;
  }
  const count = (name: Exclude<keyof Probe, 'path'>) => {
    const value = given[name];
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : fallback[name];
  };
  return {
    path: typeof given.path === 'string' ? given.path : null,
    startupTimeoutMs: count('startupTimeoutMs'),
    periodMs: count('periodMs'),
    timeoutMs: count('timeoutMs'),
    failureThreshold: count('failureThreshold'),
  };
}
