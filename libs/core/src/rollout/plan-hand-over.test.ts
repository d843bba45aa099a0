import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReleaseId } from '../id.ts';
import { planRollout } from './plan-rollout.ts';
import type { PlannedRelease, RolloutState, SeenReplica, ServiceState } from './rollout-state.ts';
import { SimulatedWorld, type Step } from './testing/simulated-world.ts';

const now = 1_000_000;
const old: ReleaseId = 'rel_old';
const fresh: ReleaseId = 'rel_new';
const earlier: ReleaseId = 'rel_earlier';

const release = (id: ReleaseId): PlannedRelease => ({
  id,
  number: 1,
  replicaSet: id,
  replicas: 1,
  startupTimeoutMs: 60_000,
  drainTimeoutMs: 30_000,
  staysWithVolume: false,
});

function replica(replicaSet: ReleaseId, over: Partial<SeenReplica> = {}): SeenReplica {
  return {
    id: `on-${replicaSet}`,
    name: `on-${replicaSet}`,
    replicaSet,
    health: 'ready',
    healthSince: now - 5_000,
    hasAddress: true,
    createdAt: now - 6_000,
    startedAt: now - 6_000,
    restarts: 0,
    exitCode: null,
    outOfMemory: false,
    message: null,
    routed: false,
    unroutedVersion: null,
    unroutedAt: null,
    leaving: null,
    ...over,
  };
}

const handOver: RolloutState = {
  id: 'rol_1',
  release: fresh,
  generation: 2,
  phase: 'preparing',
  strategy: 'hand_over',
  pausedFrom: null,
  pauseRequested: false,
  abortRequested: false,
  routeVersion: null,
};

const state = (rollout: Partial<RolloutState>, over: Partial<ServiceState>): ServiceState => ({
  now,
  deleted: false,
  generation: 2,
  desired: fresh,
  live: old,
  rollout: { ...handOver, ...rollout },
  watched: null,
  releases: new Map([old, fresh, earlier].map((id) => [id, release(id)])),
  replicas: [],
  gateways: [{ id: 'gw', ackedVersion: 7, lastSeenAt: now - 500 }],
  drained: new Set(),
  retiring: new Set(),
  placement: { strategy: 'hand_over' },
  refusal: null,
  liveRefusal: null,
  roomIsNeeded: false,
  askedAt: null,
  seenSince: 0,
  ...over,
});

describe('where only one of two releases has a place', () => {
  it('touches nothing before it is known, and then makes the gateways hold requests', () => {
    const plan = planRollout(
      state({ phase: 'pending', strategy: null }, { replicas: [replica(old, { routed: true })] }),
    );
    expect(plan).toMatchObject({ actions: [], move: { to: 'preparing', strategy: 'hand_over' } });
  });

  it('lets what an earlier rollout left go first, and then asks again: it may be room enough for both', () => {
    const replicas = [replica(old, { routed: true }), replica(earlier)];
    const plan = planRollout(state({ phase: 'pending', strategy: null }, { replicas }));
    expect(plan.move).toBeNull();
    expect(plan.actions).toEqual([{ kind: 'retire', replicaSet: earlier }, { kind: 'check_placement' }]);
    expect(plan.waiting).toEqual({
      reason: 'waiting_for_gpu',
      message: '1 replica of an earlier release frees its GPU first.',
    });
  });

  it('waits for what others are freeing, and frees what it can itself', () => {
    const replicas = [replica(old, { routed: true }), replica(earlier)];
    const placement = { waitsFor: 'room', message: '1 GPU is just being freed.' } as const;
    const plan = planRollout(state({ phase: 'pending', strategy: null }, { replicas, placement }));
    expect(plan).toMatchObject({
      actions: [{ kind: 'retire', replicaSet: earlier }, { kind: 'check_placement' }],
      move: null,
      waiting: { reason: 'waiting_for_gpu', message: '1 GPU is just being freed.' },
    });
  });

  it('takes the old replicas out of the routes, and starts nothing beside them', () => {
    expect(planRollout(state({}, { replicas: [replica(old, { routed: true })] })).actions).toEqual([
      { kind: 'publish' },
    ]);
  });

  it('lets them finish what they began, and says so', () => {
    const busy = replica(old, { unroutedVersion: 7, unroutedAt: now - 1_000 });
    const plan = planRollout(state({}, { replicas: [busy] }));
    expect(plan).toMatchObject({ actions: [], move: null, recheckMs: 1_000 });
    expect(plan.waiting).toEqual({
      reason: 'handing_over',
      message: '1 old replica finishes what it began and then frees its GPU; new requests wait for the new release.',
    });
    const done = planRollout(state({}, { replicas: [busy], drained: new Set([busy.id]) }));
    expect(done.actions).toEqual([{ kind: 'retire', replicaSet: old }]);
  });

  it('waits until they are gone, and then starts the new ones', () => {
    const leaving = planRollout(state({}, { replicas: [], retiring: new Set([old]) }));
    expect(leaving).toMatchObject({ actions: [], waiting: { reason: 'handing_over' } });
    expect(planRollout(state({}, {})).actions).toEqual([{ kind: 'apply', replicaSet: fresh }]);
  });

  it('does not start the old ones again when the new ones are ready', () => {
    const shifting = { phase: 'shifting', routeVersion: 7 } as const;
    const plan = planRollout(state(shifting, { replicas: [replica(fresh, { routed: true })] }));
    expect(plan).toMatchObject({ actions: [], move: { to: 'draining' } });
  });

  it('is not held up by a pause, since requests wait', () => {
    expect(planRollout(state({ pauseRequested: true }, {})).actions).toEqual([{ kind: 'apply', replicaSet: fresh }]);
    const shifting = { phase: 'shifting', routeVersion: 7, pauseRequested: true } as const;
    expect(planRollout(state(shifting, { replicas: [replica(fresh, { routed: true })] })).move).toEqual({
      to: 'draining',
    });
  });
});

describe('taking a hand-over back', () => {
  const aborting = { phase: 'aborting', routeVersion: 7 } as const;

  it('ends the new replicas before it starts the old ones again', () => {
    const failed = replica(fresh, { health: 'exited' });
    expect(planRollout(state(aborting, { replicas: [failed] })).actions).toEqual([
      { kind: 'retire', replicaSet: fresh },
    ]);
    expect(planRollout(state(aborting, { retiring: new Set([fresh]) })).actions).toEqual([]);
    expect(planRollout(state(aborting, {})).actions).toEqual([{ kind: 'apply', replicaSet: old }]);
  });

  it('holds requests until one of them is ready', () => {
    const starting = replica(old, { health: 'starting' });
    expect(planRollout(state(aborting, { replicas: [starting] })).move).toBeNull();
    expect(planRollout(state(aborting, { replicas: [replica(old, { routed: true })] })).move).toEqual({
      to: 'aborted',
    });
  });

  it('does not hold them for one that cannot start any more', () => {
    const crashing = replica(old, { health: 'exited', restarts: 4 });
    expect(planRollout(state(aborting, { replicas: [crashing] })).move).toEqual({ to: 'aborted' });
  });

  it('goes on at once where the old ones were not stopped yet', () => {
    const still = replica(old, { unroutedVersion: 6, unroutedAt: now - 100 });
    expect(planRollout(state({ phase: 'aborting' }, { replicas: [still] })).actions).toEqual([{ kind: 'publish' }]);
  });
});

describe('with a single GPU', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 10, arbitrary: fc.constant({ do: 'plan', actions: 99 } as const) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('tick' as const), seconds: fc.constantFrom(1, 1, 2, 5) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('gateway_takes' as const), gateway: fc.nat(1) }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        { do: 'deploy', behaviour: 'well', replicas: 1 } as const,
        { do: 'deploy', behaviour: 'crashes', replicas: 1 } as const,
        { do: 'deploy', behaviour: 'never', replicas: 1 } as const,
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        { do: 'roll_back' } as const,
        { do: 'abort' } as const,
        { do: 'pause' } as const,
        { do: 'resume' } as const,
        { do: 'scheduler_dies' } as const,
      ),
    },
  );

  it('never waits for itself: every rollout ends, what is live stands, and requests are answered or held', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), fc.integer({ min: 1, max: 2 }), (steps, gpus) => {
        const world = new SimulatedWorld(gpus);
        world.deploy('well', 1, false);
        world.settle();
        for (const each of steps) {
          world.step(each);
          expect(world.replicas.length, 'GPUs that are held').toBeLessThanOrEqual(gpus);
          const answered = (world.tables.at(-1)?.serves.size ?? 0) > 0;
          expect(answered || world.active !== null, 'somebody answers, or somebody is on the way').toBe(true);
        }
        world.settle();
        expect(world.active, 'no rollout is left').toBeNull();
        expect(world.desired).toBe(world.live);
        expect(world.replicas.map(({ replicaSet, health }) => ({ replicaSet, health }))).toEqual([
          { replicaSet: world.setOf(world.live), health: 'ready' },
        ]);
      }),
      { numRuns: 400 },
    );
  });

  it('ends on the newest release that is well', () => {
    const forward = step.filter((each) => !['abort', 'roll_back'].includes(each.do));
    fc.assert(
      fc.property(fc.array(forward, { maxLength: 60, size: 'max' }), fc.boolean(), (steps, isReady) => {
        const world = new SimulatedWorld(1);
        // The first one may never have got ready, and holds the GPU all the same.
        world.deploy(isReady ? 'well' : 'never', 1, false);
        if (isReady) world.settle();
        else while (world.replicas.length === 0) world.plan(99);
        world.deploy('well', 1, false);
        for (const each of steps) world.step(each.do === 'deploy' ? { ...each, behaviour: 'well' } : each);
        world.settle();
        expect(world.live).toBe(world.rollouts.filter(({ cause }) => cause === 'push').at(-1)?.release);
      }),
      { numRuns: 150 },
    );
  });
});
