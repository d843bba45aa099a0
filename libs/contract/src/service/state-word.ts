import type { Service } from './service.ts';

/** The six states that people are shown, everywhere the same: each has a word, a shape and a colour where it is drawn. */
export const stateWords = ['live', 'moving', 'waiting', 'asleep', 'failed', 'paused'] as const;
export type StateWord = (typeof stateWords)[number];

/** The word for a service as the API tells of it. */
export function stateOfService(service: Pick<Service, 'state' | 'rollout' | 'replicas'>): StateWord {
  if (service.rollout?.phase === 'paused') return 'paused';
  switch (service.state) {
    case 'building':
    case 'deploying':
      return 'moving';
    case 'down':
      return 'failed';
    case 'live':
      return service.replicas.wanted === 0 ? 'asleep' : 'live';
    case 'empty':
    case 'degraded':
      return 'waiting';
  }
}

const phases: Readonly<Record<string, StateWord>> = {
  queued: 'waiting',
  running: 'moving',
  succeeded: 'live',
  failed: 'failed',
  cancelled: 'asleep',
  pending: 'waiting',
  preparing: 'moving',
  shifting: 'moving',
  draining: 'moving',
  complete: 'live',
  paused: 'paused',
  aborting: 'failed',
  aborted: 'failed',
  superseded: 'asleep',
};

/** The state that a build's or a rollout's phase is drawn as; the phase itself is the word beside it. */
export const stateOfPhase = (phase: string): StateWord => phases[phase] ?? 'waiting';

const health: Readonly<Record<string, StateWord>> = {
  starting: 'moving',
  ready: 'live',
  unready: 'failed',
  exited: 'failed',
  stopping: 'asleep',
};

export const stateOfHealth = (of: string): StateWord => health[of] ?? 'waiting';

/** What a replica is called, and how that is drawn: by its health, but for one that is gone with its node. */
export function wordOfReplica({ health, reason }: { readonly health: string; readonly reason: string | null }): {
  readonly word: string;
  readonly state: StateWord;
} {
  return reason === 'node_lost' ? { word: 'lost', state: 'failed' } : { word: health, state: stateOfHealth(health) };
}
