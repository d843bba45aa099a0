import { describe, expect, it } from 'vitest';
import { endpoints } from '../endpoints.ts';
import { rollout } from '../release/release.ts';
import type { Service } from './service.ts';
import { stateOfHealth, stateOfPhase, stateOfService, stateWords, wordOfReplica } from './state-word.ts';

describe('the state of a service', () => {
  const replicas = (wanted: number) => ({ ready: wanted, total: wanted, wanted, observedAt: null });
  const paused = { id: 'rol_1', phase: 'paused', cause: 'push', release: { id: 'rel_1', number: 1, name: 'r1' } };
  const of = (state: Service['state'], rest: Partial<Service> = {}) =>
    stateOfService({ state, rollout: null, replicas: replicas(1), ...rest });

  it.each([
    ['empty', {}, 'waiting'],
    ['building', {}, 'moving'],
    ['deploying', {}, 'moving'],
    ['deploying', { rollout: { ...paused, since: '2026-11-24T00:00:00.000Z' } }, 'paused'],
    ['live', {}, 'live'],
    ['live', { replicas: replicas(0) }, 'asleep'],
    ['degraded', {}, 'waiting'],
    ['down', {}, 'failed'],
  ] as const)('%s %j is %s', (state, rest, word) => expect(of(state, rest)).toBe(word));
});

describe('phases and health', () => {
  it('each have a state of their own choosing, none by accident', () => {
    const phases = [...endpoints.listBuilds.query.shape.phase.unwrap().options, ...rollout.shape.phase.options];
    const unknown = stateOfPhase('no such phase');
    const byChance = phases.filter(
      (phase) => stateOfPhase(phase) === unknown && !['queued', 'pending'].includes(phase),
    );
    expect(byChance).toEqual([]);
    const words = ['starting', 'ready', 'unready', 'exited', 'stopping'].map(stateOfHealth);
    expect(words).toEqual(['moving', 'live', 'failed', 'failed', 'asleep']);
    expect(stateWords).toHaveLength(6);
  });

  it('call a replica lost that is gone with its node, and any other by its health', () => {
    expect(wordOfReplica({ health: 'stopping', reason: 'node_lost' })).toEqual({ word: 'lost', state: 'failed' });
    expect(wordOfReplica({ health: 'ready', reason: 'node_leaving' })).toEqual({ word: 'ready', state: 'live' });
  });
});
