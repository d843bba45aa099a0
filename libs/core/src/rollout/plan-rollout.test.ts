import { describe, expect, it } from 'vitest';
import type { ReleaseId } from '../id.ts';
import { planAhead } from './plan-ahead.ts';
import { planRollout } from './plan-rollout.ts';
import type { PlannedRelease, RolloutState, SeenReplica, ServiceState } from './rollout-state.ts';

const now = 1_000_000;
const old: ReleaseId = 'rel_old';
const fresh: ReleaseId = 'rel_new';

function release(id: ReleaseId, over: Partial<PlannedRelease> = {}): PlannedRelease {
  return {
    id,
    number: id === old ? 1 : 2,
    replicaSet: id,
    replicas: 1,
    startupTimeoutMs: 60_000,
    drainTimeoutMs: 30_000,
    staysWithVolume: false,
    ...over,
  };
}

function replica(replicaSet: ReleaseId, over: Partial<SeenReplica> = {}): SeenReplica {
  return {
    id: `${replicaSet}-1`,
    name: replicaSet === old ? 'r1-aaa' : 'r2-bbb',
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
    routed: replicaSet === old,
    unroutedVersion: null,
    unroutedAt: null,
    leaving: null,
    ...over,
  };
}

function rollout(over: Partial<RolloutState> = {}): RolloutState {
  return {
    id: 'rol_1',
    release: fresh,
    generation: 2,
    phase: 'preparing',
    strategy: 'side_by_side',
    pausedFrom: null,
    pauseRequested: false,
    abortRequested: false,
    routeVersion: null,
    ...over,
  };
}

function state(over: Partial<ServiceState> = {}): ServiceState {
  return {
    now,
    deleted: false,
    generation: 2,
    desired: fresh,
    live: old,
    rollout: rollout(),
    watched: null,
    releases: new Map([old, fresh].map((id) => [id, release(id)])),
    replicas: [replica(old)],
    gateways: [{ id: 'gw', ackedVersion: 7, lastSeenAt: now - 500 }],
    drained: new Set(),
    retiring: new Set(),
    placement: { strategy: 'side_by_side' },
    refusal: null,
    liveRefusal: null,
    roomIsNeeded: false,
    askedAt: null,
    seenSince: 0,
    ...over,
  };
}

describe('before it is live', () => {
  it('asks whether it fits before anything else, and ends without touching what runs when it does not', () => {
    const pending = rollout({ phase: 'pending' });
    expect(planRollout(state({ rollout: pending, placement: undefined })).actions).toEqual([
      { kind: 'check_placement' },
    ]);
    const full = planRollout(
      state({ rollout: pending, placement: { reason: 'no_gpu_here', message: 'No GPU here.' } }),
    );
    expect(full.actions).toEqual([]);
    expect(full.move).toEqual({
      to: 'aborting',
      failure: { reason: 'no_gpu_here', message: 'No GPU here.', replica: null },
    });
  });

  it('starts the new beside the old', () => {
    const plan = planRollout(state());
    expect(plan.actions).toEqual([{ kind: 'apply', replicaSet: fresh }]);
    expect(plan.waiting).toEqual({ reason: 'waiting_for_replicas', message: '0 of 1 replicas ready.' });
  });

  it('asks for the new replicas on its way to preparing, once it is known to fit', () => {
    const plan = planRollout(state({ rollout: rollout({ phase: 'pending' }) }));
    expect(plan).toMatchObject({
      actions: [{ kind: 'apply', replicaSet: fresh }],
      move: { to: 'preparing', strategy: 'side_by_side' },
    });
  });

  it('does not kill a model that loads for minutes, and says what it waits for', () => {
    const loading = replica(fresh, { health: 'starting', startedAt: now - 59_000, message: 'connection refused' });
    const plan = planRollout(state({ replicas: [replica(old), loading] }));
    expect(plan.move).toBeNull();
    expect(plan.waiting?.message).toBe('0 of 1 replicas ready: connection refused');
    expect(plan.recheckMs).toBe(1_000);
  });

  it.each([
    ['never_ready', { health: 'starting', startedAt: now - 60_000 }, 'r2-bbb was not ready 60 s after its start.'],
    [
      'crash_loop',
      { health: 'starting', restarts: 3, exitCode: 3 },
      'r2-bbb ended 3 times before it was ready, last with exit code 3.',
    ],
    [
      'crash_loop',
      { health: 'exited', restarts: 2, exitCode: 1 },
      'r2-bbb ended 3 times before it was ready, last with exit code 1.',
    ],
    ['out_of_memory', { health: 'exited', outOfMemory: true }, /more memory than it may/],
  ] as const)('goes back by itself: %s', (reason, seen, message) => {
    const move = planRollout(state({ replicas: [replica(old), replica(fresh, seen)] })).move;
    if (move?.to !== 'aborting') throw new Error(`moved to ${move?.to}`);
    expect(move.failure.reason).toBe(reason);
    expect(move.failure.message).toMatch(message);
    expect(move.failure.replica).toBe(`${fresh}-1`);
  });

  it('gives a node that comes for a replica its own time, and the replica its whole time once it has its place', () => {
    const failureOf = (seen: Partial<SeenReplica>) => {
      const move = planRollout(state({ replicas: [replica(old), replica(fresh, seen)] })).move;
      return move?.to === 'aborting' ? move.failure.reason : null;
    };
    const waiting = { health: 'starting', startedAt: null, placedAt: null } as const;
    expect(failureOf({ ...waiting, createdAt: now - 60_000 })).toBe('never_ready');
    expect(failureOf({ ...waiting, createdAt: now - 60_000, isNodeComing: true })).toBeNull();
    expect(failureOf({ ...waiting, createdAt: now - 15 * 60_000 - 60_000, isNodeComing: true })).toBe('never_ready');
    const placed = { ...waiting, createdAt: now - 600_000 };
    expect(failureOf({ ...placed, placedAt: now - 59_000 })).toBeNull();
    expect(failureOf({ ...placed, placedAt: now - 60_000 })).toBe('never_ready');
  });

  it('gives up when nothing could even be started', () => {
    const move = planRollout(state({ askedAt: now - 60_001 })).move;
    expect(move).toMatchObject({ to: 'aborting', failure: { reason: 'start_failed' } });
  });

  it('gives what started while the runtime was away a moment to show itself', () => {
    const replicas = [replica(old), replica(fresh, { health: 'starting', startedAt: now - 90_000 })];
    expect(planRollout(state({ replicas, seenSince: now - 4_999 })).move).toBeNull();
    expect(planRollout(state({ replicas, seenSince: now - 4_999 })).recheckMs).toBe(1);
    expect(planRollout(state({ replicas, seenSince: now - 5_000 })).move).toMatchObject({ to: 'aborting' });
  });

  it('starts what a scheduler that died had made and not started', () => {
    const replicas = [replica(old), replica(fresh, { health: 'starting', startedAt: null })];
    expect(planRollout(state({ replicas })).actions).toContainEqual({ kind: 'apply', replicaSet: fresh });
  });

  it('waits for the end of a removal before it starts the same replicas again', () => {
    const stopping = replica(fresh, { health: 'stopping', startedAt: now - 3_600_000 });
    const plan = planRollout(state({ replicas: [replica(old), stopping], retiring: new Set([fresh]) }));
    expect([plan.actions, plan.move]).toEqual([[], null]);
    // It started long ago, and is given no time to be ready in: there is nothing to look at before it is gone.
    expect(plan.recheckMs).toBe(2_000);
  });

  it('gives way to a newer generation', () => {
    expect(planRollout(state({ generation: 3 })).move).toEqual({ to: 'superseded' });
  });

  it('keeps both while paused and judges nothing', () => {
    const paused = rollout({ phase: 'paused', pausedFrom: 'preparing', pauseRequested: true });
    const plan = planRollout(
      state({ rollout: paused, replicas: [replica(old), replica(fresh, { health: 'exited', restarts: 9 })] }),
    );
    expect(plan.move).toBeNull();
    expect(plan.actions.some((action) => action.kind === 'retire')).toBe(false);
  });
});

describe('going live', () => {
  const shifting = rollout({ phase: 'shifting', routeVersion: 8 });
  const both = [replica(old, { routed: false, unroutedVersion: 8, unroutedAt: now }), replica(fresh, { routed: true })];

  it('publishes first, and keeps the old until every gateway took the new routes', () => {
    const first = planRollout(
      state({ rollout: rollout({ phase: 'shifting' }), replicas: [replica(old), replica(fresh)] }),
    );
    expect(first).toMatchObject({ actions: [{ kind: 'publish' }], move: null });
    const waits = planRollout(state({ rollout: shifting, replicas: both }));
    expect(waits).toMatchObject({ actions: [], move: null, waiting: { reason: 'waiting_for_gateways' } });
    const taken = state({
      rollout: shifting,
      replicas: both,
      gateways: [{ id: 'gw', ackedVersion: 8, lastSeenAt: now }],
    });
    expect(planRollout(taken).move).toEqual({ to: 'draining' });
  });

  it('does not wait for a gateway that is gone, but waits when none is there', () => {
    const gone = { id: 'gone', ackedVersion: 1, lastSeenAt: now - 10_001 };
    const here = { id: 'here', ackedVersion: 8, lastSeenAt: now };
    expect(planRollout(state({ rollout: shifting, replicas: both, gateways: [gone, here] })).move).toEqual({
      to: 'draining',
    });
    const none = planRollout(state({ rollout: shifting, replicas: both, gateways: [gone] }));
    expect(none).toMatchObject({
      move: null,
      waiting: { reason: 'waiting_for_gateways', message: /^No gateway is connected/ },
    });
  });

  it('goes back when the new one dies before it is live', () => {
    const dead = [both[0], replica(fresh, { health: 'exited' })].filter((each) => each !== undefined);
    expect(planRollout(state({ rollout: shifting, replicas: dead })).move).toMatchObject({
      to: 'aborting',
      failure: { reason: 'start_failed' },
    });
  });

  it('keeps both while paused half way, though only the new one is routed to', () => {
    const paused = rollout({ phase: 'paused', pausedFrom: 'shifting', pauseRequested: true, routeVersion: 8 });
    const acked = { gateways: [{ id: 'gw', ackedVersion: 8, lastSeenAt: now }], drained: new Set([`${old}-1`]) };
    expect(planRollout(state({ rollout: paused, replicas: both, ...acked }))).toMatchObject({
      actions: [],
      move: null,
    });
  });

  it('publishes for an abort even where the routes look right already: gateways are to say which they have', () => {
    const aborting = rollout({ phase: 'aborting', routeVersion: null });
    expect(planRollout(state({ rollout: aborting, replicas: [replica(old)] })).actions).toEqual([{ kind: 'publish' }]);
  });

  it('restores the old weights before it retires the new replicas', () => {
    const aborting = rollout({ phase: 'aborting', routeVersion: null });
    expect(planRollout(state({ rollout: aborting, replicas: both })).actions).toEqual([{ kind: 'publish' }]);
    const back = [replica(old), replica(fresh, { unroutedVersion: 9, unroutedAt: now - 100 })];
    const waits = planRollout(state({ rollout: { ...aborting, routeVersion: 9 }, replicas: back }));
    expect(waits.actions).toEqual([]);
    const acked = { gateways: [{ id: 'gw', ackedVersion: 9, lastSeenAt: now }], drained: new Set([`${fresh}-1`]) };
    expect(planRollout(state({ rollout: { ...aborting, routeVersion: 9 }, replicas: back, ...acked })).actions).toEqual(
      [{ kind: 'retire', replicaSet: fresh }],
    );
  });
});

describe('once live', () => {
  const draining = {
    rollout: rollout({ phase: 'draining', routeVersion: 8 }),
    live: fresh,
    gateways: [{ id: 'gw', ackedVersion: 8, lastSeenAt: now }],
  };
  const leaving = replica(old, { routed: false, unroutedVersion: 8, unroutedAt: now - 29_000 });
  const taken = replica(fresh, { routed: true });

  it('lets the old finish: until gateways say so, or the longest request is over', () => {
    const waits = planRollout(state({ ...draining, replicas: [leaving, taken] }));
    expect(waits).toMatchObject({ actions: [], move: null, recheckMs: 1_000, waiting: { reason: 'draining' } });
    const done = [{ kind: 'retire', replicaSet: old }];
    expect(
      planRollout(state({ ...draining, replicas: [leaving, taken], drained: new Set([leaving.id]) })).actions,
    ).toEqual(done);
    expect(
      planRollout(state({ ...draining, replicas: [{ ...leaving, unroutedAt: now - 30_000 }, taken] })).actions,
    ).toEqual(done);
    expect(planRollout(state({ ...draining, replicas: [taken] })).move).toEqual({ to: 'complete' });
  });

  it('lets replicas finish for as long as any release allowed that ran on them', () => {
    const shared = release('rel_mid', { replicaSet: old, drainTimeoutMs: 90_000 });
    const releases = new Map([release(old), shared, release(fresh)].map((each) => [each.id, each]));
    const at = (unroutedAt: number) =>
      planRollout(state({ ...draining, releases, replicas: [{ ...leaving, unroutedAt }, taken] })).actions;
    expect(at(now - 89_000)).toEqual([]);
    expect(at(now - 90_000)).toEqual([{ kind: 'retire', replicaSet: old }]);
  });

  const watched = { id: 'rol_1', from: old, liveAt: now - 8_000, until: now + 52_000 } as const;
  const steady = { rollout: null, live: fresh, watched };

  it.each([
    [
      'it ended',
      { health: 'exited', restarts: 1, exitCode: 1, healthSince: now },
      /r2-bbb ended 8 s after the release went live, last with exit code 1/,
    ],
    ['it ended and is ready again', { restarts: 1, startedAt: now - 3_000 }, /r2-bbb ended 5 s after/],
    [
      'its probe fails for long',
      { health: 'unready', healthSince: now - 10_000, message: 'answered 500' },
      /failed its probe .*: answered 500/,
    ],
  ] as const)('is taken back while it is watched when %s', (_, seen, message) => {
    const plan = planRollout(state({ ...steady, replicas: [replica(fresh, { routed: true, ...seen })] }));
    expect(plan.takeBack?.reason).toBe('failed_while_watched');
    expect(plan.takeBack?.message).toMatch(message);
  });

  it('is started again, not taken back, when its engine was restarted', () => {
    const stopped = replica(fresh, { routed: false, health: 'exited', exitCode: 137, healthSince: now - 1_000 });
    const plan = planRollout(state({ ...steady, replicas: [stopped] }));
    expect(plan).toMatchObject({ takeBack: null, actions: [{ kind: 'apply', replicaSet: fresh }] });
  });

  it('is not taken back for a short unreadiness, nor when the release before runs on the same replicas', () => {
    const shaky = replica(fresh, { routed: true, health: 'unready', healthSince: now - 9_000 });
    expect(planRollout(state({ ...steady, replicas: [shaky] })).takeBack).toBeNull();
    const shared = new Map([
      [old, release(old)],
      [fresh, release(fresh, { replicaSet: old })],
    ]);
    const ended = replica(old, { health: 'exited', routed: false });
    expect(planRollout(state({ ...steady, releases: shared, replicas: [ended] })).takeBack).toBeNull();
  });

  it('leaves the replicas before standing by while it is watched, and ends meanwhile', () => {
    const idle = replica(old, { routed: false, unroutedVersion: 8, unroutedAt: now - 1_000 });
    const seen = { ...draining, watched, replicas: [idle, taken], drained: new Set([idle.id]) };
    expect(planRollout(state(seen))).toMatchObject({ actions: [], move: { to: 'complete' } });
    expect(planRollout(state({ ...seen, rollout: null })).actions).toEqual([]);
    const over = { ...watched, until: now - 1 };
    expect(planRollout(state({ ...seen, rollout: null, watched: over }))).toMatchObject({
      actions: [],
      endWatch: true,
    });
    const retired = [{ kind: 'retire', replicaSet: old }];
    expect(planRollout(state({ ...seen, rollout: null, watched: null })).actions).toEqual(retired);
    expect(planRollout(state({ ...seen, roomIsNeeded: true })).actions).toEqual(retired);
  });

  it('starts nothing again of what stands by, and lets go what is not ready', () => {
    const idle = replica(old, { routed: false, unroutedVersion: 8, unroutedAt: now - 1_000 });
    const drained = new Set([idle.id]);
    const two = new Map([release(old, { replicas: 2 }), release(fresh)].map((each) => [each.id, each]));
    expect(
      planRollout(state({ ...draining, ...steady, releases: two, drained, replicas: [idle, taken] })).actions,
    ).toEqual([]);
    const ended = { ...idle, health: 'exited' } as const;
    expect(planRollout(state({ ...draining, ...steady, drained, replicas: [ended, taken] })).actions).toEqual([
      { kind: 'retire', replicaSet: old },
    ]);
  });

  it('goes back to what stands by without a start', () => {
    const back = rollout({ id: 'rol_2', release: old, generation: 3, phase: 'pending' });
    const idle = replica(old, { routed: false, unroutedVersion: 8, unroutedAt: now - 1_000 });
    const seen = { rollout: back, generation: 3, desired: old, live: fresh, replicas: [idle, taken] };
    expect(planAhead(state(seen))).toMatchObject({
      actions: [],
      move: { to: 'preparing', strategy: 'side_by_side' },
      next: { to: 'shifting' },
    });
  });

  it('ends its watch by a look after the time, and starts again what ended from then on', () => {
    const over = { ...watched, until: now - 1 };
    expect(planRollout(state({ ...steady, watched: over, replicas: [taken] })).endWatch).toBe(true);
    const later = planRollout(state({ ...steady, watched: null, replicas: [replica(fresh, { health: 'exited' })] }));
    expect(later).toMatchObject({ takeBack: null, actions: [{ kind: 'apply', replicaSet: fresh }] });
  });

  it('routes around an unready replica while another is ready, and to all of them when none is', () => {
    const two = new Map([[fresh, release(fresh, { replicas: 2 })]]);
    const unready = replica(fresh, { routed: true, health: 'unready' });
    const other = { ...taken, id: 'other' };
    const base = state({ rollout: null, live: fresh, releases: two });
    expect(planRollout({ ...base, replicas: [unready, other] }).actions).toEqual([{ kind: 'publish' }]);
    expect(planRollout({ ...base, replicas: [{ ...unready, routed: false }, other] }).actions).toEqual([]);
    expect(planRollout({ ...base, replicas: [unready, { ...other, health: 'unready' }] }).actions).toEqual([]);
  });
});

describe('two moves in one', () => {
  const pending = rollout({ phase: 'pending' });
  const shared = new Map([
    [old, release(old)],
    [fresh, release(fresh, { replicaSet: old })],
  ]);

  it('prepares and shifts at once when its replicas are ready already', () => {
    const plan = planAhead(state({ rollout: pending, releases: shared }));
    expect(plan).toMatchObject({ actions: [], move: { to: 'preparing' }, next: { to: 'shifting' } });
  });

  it.each<[string, Partial<ServiceState>]>([
    ['replicas have to be started', {}],
    ['its replicas are not ready', { releases: shared, replicas: [replica(old, { health: 'unready' })] }],
    ['its placement is not known', { releases: shared, placement: undefined }],
    ['it does not fit', { releases: shared, placement: { reason: 'no_gpu_here', message: 'No GPU here.' } }],
    ['somebody wants it to pause', { releases: shared, rollout: { ...pending, pauseRequested: true } }],
    ['somebody wants it to end', { releases: shared, rollout: { ...pending, abortRequested: true } }],
    ['routes are to be put right first', { releases: shared, replicas: [replica(old, { routed: false })] }],
    ['it is past that', { releases: shared, rollout: rollout({ phase: 'preparing' }) }],
    ['it has ended', { rollout: null }],
  ])('makes one move at most when %s', (_, over) => {
    const given = state({ rollout: pending, ...over });
    expect(planAhead(given)).toEqual({ ...planRollout(given), next: null });
  });
});
