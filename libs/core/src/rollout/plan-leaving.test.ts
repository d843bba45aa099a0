import { describe, expect, it } from 'vitest';
import { longestHoldMs } from './plan-leaving.ts';
import { planRollout } from './plan-rollout.ts';
import type { Leaving, PlannedRelease, SeenReplica, ServiceState } from './rollout-state.ts';

const now = 1_000_000;
const going: Leaving = { since: now - 1_000, until: null, isLost: false, isHeld: true };

const release: PlannedRelease = {
  id: 'rel_1',
  number: 1,
  replicaSet: 'rel_1',
  replicas: 1,
  startupTimeoutMs: 60_000,
  drainTimeoutMs: 30_000,
  staysWithVolume: false,
};

function replica(id: string, over: Partial<SeenReplica> = {}): SeenReplica {
  return {
    id,
    name: id,
    replicaSet: 'rel_1',
    health: 'ready',
    healthSince: now - 5_000,
    hasAddress: true,
    createdAt: now - 6_000,
    startedAt: now - 6_000,
    restarts: 0,
    exitCode: null,
    outOfMemory: false,
    message: null,
    routed: true,
    unroutedVersion: null,
    unroutedAt: null,
    leaving: null,
    ...over,
  };
}

const state = (replicas: readonly SeenReplica[], over: Partial<ServiceState> = {}): ServiceState => ({
  now,
  deleted: false,
  generation: 1,
  desired: 'rel_1',
  live: 'rel_1',
  rollout: null,
  watched: null,
  releases: new Map([['rel_1', release]]),
  replicas,
  gateways: [{ id: 'gw', ackedVersion: 7, lastSeenAt: now }],
  drained: new Set(),
  retiring: new Set(),
  placement: undefined,
  refusal: null,
  liveRefusal: null,
  roomIsNeeded: false,
  askedAt: null,
  seenSince: 0,
  ...over,
});

const old = (over: Partial<Leaving> = {}, more: Partial<SeenReplica> = {}) =>
  replica('old', { leaving: { ...going, ...over }, ...more });
const apply = { kind: 'apply', replicaSet: 'rel_1' };

describe('a replica on a node that is to go', () => {
  it('stays, and another one is started beside it', () => {
    expect(planRollout(state([old()])).actions).toEqual([{ ...apply, beside: ['old'], evictable: [], goes: [] }]);
    const starting = replica('new', { health: 'starting', routed: false });
    expect(planRollout(state([old(), starting])).actions).toEqual([]);
  });

  it('is sent no more requests once the other one is ready, finishes those it has, and is let go', () => {
    const next = replica('new', { routed: false });
    expect(planRollout(state([old(), next])).actions).toEqual([{ kind: 'publish' }]);
    const unrouted = { routed: false, unroutedVersion: 7, unroutedAt: now };
    const replicas = [old({}, unrouted), replica('new')];
    expect(planRollout(state(replicas))).toMatchObject({ actions: [], recheckMs: 30_000 });
    expect(planRollout(state(replicas, { drained: new Set(['old']) })).actions).toEqual([
      { ...apply, beside: [], evictable: [], goes: ['old'] },
    ]);
  });

  it('is let go at once where its node does not answer: nothing is waited for there', () => {
    const alone = old({ isLost: true }, { health: 'unready' });
    expect(planRollout(state([alone])).actions).toEqual([{ ...apply, beside: ['old'], evictable: [], goes: [] }]);
    const lost = { ...alone, routed: false, unroutedVersion: 7, unroutedAt: now };
    expect(planRollout(state([lost, replica('new')])).actions).toEqual([
      { ...apply, beside: [], evictable: [], goes: ['old'] },
    ]);
  });

  it('may be evicted when no other one got ready in time, and goes on until it is', () => {
    const starting = replica('new', { health: 'starting', routed: false });
    const late = old({ since: now - longestHoldMs });
    const given = { ...apply, beside: ['old'], evictable: ['old'], goes: [] };
    expect(planRollout(state([late, starting])).actions).toEqual([given]);
    expect(planRollout(state([old({ since: now - longestHoldMs, isHeld: false }), starting])).actions).toEqual([]);
    expect(planRollout(state([old({ since: now - longestHoldMs + 700 }), starting])).recheckMs).toBe(700);
    expect(planRollout(state([old({ until: now }), starting])).actions).toEqual([given]);
  });

  it('is held for longer where a replica may take longer to start', () => {
    const slow = { ...release, startupTimeoutMs: 2 * longestHoldMs };
    const starting = replica('new', { health: 'starting', routed: false });
    const late = state([old({ since: now - longestHoldMs }), starting], { releases: new Map([['rel_1', slow]]) });
    expect(planRollout(late).actions).toEqual([]);
  });

  it('makes way itself where its volume ties it to its node', () => {
    const releases = new Map([['rel_1', { ...release, staysWithVolume: true }]] as const);
    expect(planRollout(state([old()], { releases })).actions).toEqual([
      { ...apply, beside: [], evictable: ['old'], goes: [] },
    ]);
    expect(planRollout(state([old({ isHeld: false })], { releases })).actions).toEqual([]);
  });

  it('is not replaced while a rollout replaces its release anyway, unless that was begun before', () => {
    const rollout = {
      id: 'rol_1',
      release: 'rel_2',
      generation: 1,
      phase: 'preparing',
      strategy: 'side_by_side',
      pausedFrom: null,
      pauseRequested: false,
      abortRequested: false,
      routeVersion: null,
    } as const;
    const next: PlannedRelease = { ...release, id: 'rel_2', number: 2, replicaSet: 'rel_2' };
    const releases = new Map([release, next].map((one) => [one.id, one]));
    const target = replica('target', { replicaSet: 'rel_2', health: 'starting', routed: false });
    const during = (...more: SeenReplica[]) => planRollout(state([old(), target, ...more], { rollout, releases }));
    expect(during().actions).toEqual([]);
    expect(during(replica('new', { health: 'starting', routed: false })).actions).toEqual([]);
  });

  it('is held again when its node stays after all', () => {
    expect(planRollout(state([replica('old', { isLoose: true })])).actions).toEqual([apply]);
  });

  it('stays when its node was opened again: the other one goes, after its requests', () => {
    const given = { ...apply, beside: [], evictable: [], goes: ['new'] };
    const starting = replica('new', { health: 'starting', routed: false, startedAt: null });
    expect(planRollout(state([replica('old'), starting])).actions).toEqual([given]);
    const tookOver = replica('new', { createdAt: now - 1_000 });
    const idle = replica('old', { routed: false, unroutedVersion: 7, unroutedAt: now - 500 });
    expect(planRollout(state([idle, tookOver])).actions).toEqual([{ kind: 'publish' }]);
    const unrouted = { ...tookOver, routed: false, unroutedVersion: 7, unroutedAt: now };
    expect(planRollout(state([replica('old'), unrouted]))).toMatchObject({ actions: [], recheckMs: 30_000 });
    expect(planRollout(state([replica('old'), unrouted], { drained: new Set(['new']) })).actions).toEqual([given]);
  });
});
