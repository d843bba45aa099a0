import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Behaviour, SimulatedWorld, type Step } from './testing/simulated-world.ts';

const behaviour = fc.constantFrom<Behaviour>(
  'well',
  'well',
  'slow',
  'crashes',
  'never',
  'out_of_memory',
  'dies_when_live',
  'flaky',
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('plan' as const), actions: fc.constantFrom(0, 1, 99, 99, 99, 99, 99) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('tick' as const), seconds: fc.constantFrom(1, 1, 1, 2, 5, 12) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('gateway_takes' as const), gateway: fc.nat(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('deploy' as const), behaviour, replicas: fc.integer({ min: 1, max: 2 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'deploy_same' as const,
        'roll_back' as const,
        'abort' as const,
        'pause' as const,
        'resume' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'scheduler_dies' as const,
        'engine_away' as const,
        'engine_back' as const,
        'placement_full' as const,
        'room_needed' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('gateway_silent' as const, 'gateway_back' as const),
      gateway: fc.nat(1),
    }),
  },
);

function run(steps: readonly Step[], deployed: boolean): SimulatedWorld {
  const world = new SimulatedWorld();
  if (deployed) {
    world.deploy('well', 2, false);
    world.settle();
  }
  for (const each of steps) world.step(each);
  world.settle();
  return world;
}

it('keeps what serves, whatever happens in whatever order, and always settles', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 90, size: 'max' }), fc.boolean(), (steps, deployed) => {
      const world = run(steps, deployed);
      expect(world.active, 'no rollout is left').toBeNull();
      expect(world.desired, 'what is wanted is what is live').toBe(world.live);
      const sets = new Set(world.replicas.map((replica) => replica.replicaSet));
      expect([...sets], 'only the live release stands').toEqual(world.live === null ? [] : [world.setOf(world.live)]);
      const serves = world.tables.at(-1)?.serves ?? new Set();
      const meant = new Set(
        world.live === null ? [] : world.routable(world.setOf(world.live) ?? world.live).map(({ id }) => id),
      );
      const behaviour = world.live === null ? 'well' : world.releases.get(world.live)?.behaviour;
      if (behaviour === 'well' || behaviour === 'slow')
        expect(serves, 'the table routes to what is ready').toEqual(meant);
      for (const gateway of world.gateways) expect(gateway.serves).toEqual(serves);
    }),
    { numRuns: 400 },
  );
});

it('ends on the newest release that is well when all are', () => {
  const well = step.map((each): Step => (each.do === 'deploy' ? { ...each, behaviour: 'well' } : each));
  const onlyForward = well.filter((each) => !['abort', 'roll_back', 'placement_full'].includes(each.do));
  fc.assert(
    fc.property(fc.array(onlyForward, { maxLength: 60, size: 'max' }), (steps) => {
      const world = run(steps, false);
      const newest = world.rollouts.filter((rollout) => rollout.cause === 'push').at(-1);
      expect(world.live).toBe(newest?.release ?? null);
    }),
    { numRuns: 150 },
  );
});

it('never lets a bad release stay live while a good one stood before', () => {
  const bad = fc.constantFrom<Behaviour>('crashes', 'never', 'out_of_memory', 'dies_when_live');
  fc.assert(
    fc.property(
      bad,
      fc.array(
        step.filter((each) => each.do === 'plan' || each.do === 'tick' || each.do === 'gateway_takes'),
        { maxLength: 60, size: 'max' },
      ),
      (worse, steps) => {
        const world = new SimulatedWorld();
        world.deploy('well', 1, false);
        world.settle();
        const good = world.live;
        world.deploy(worse, 1, false);
        for (const each of steps) world.step(each);
        world.settle();
        expect(world.live).toBe(good);
        expect(world.replicas.map((replica) => replica.health)).toEqual(['ready']);
      },
    ),
    { numRuns: 150 },
  );
});

it('goes back to what is just being taken away only once it stands anew', () => {
  const next = step.filter((each) => ['plan', 'tick', 'gateway_takes', 'scheduler_dies'].includes(each.do));
  fc.assert(
    fc.property(fc.array(next, { maxLength: 40, size: 'max' }), (steps) => {
      const world = new SimulatedWorld();
      world.deploy('well', 1, false);
      world.settle();
      const first = world.live;
      world.deploy('well', 1, false);
      while (world.memory.retiring.size === 0) {
        while (world.plan(99) && world.memory.retiring.size === 0);
        for (const gateway of world.gateways) world.gatewayTakes(gateway);
        if (world.memory.retiring.size === 0) world.tick(1);
      }
      world.step({ do: 'roll_back' });
      for (const each of steps) world.step(each);
      world.settle();
      expect(world.live).toBe(first);
      expect(world.replicas.map(({ replicaSet, health }) => ({ replicaSet, health }))).toEqual([
        { replicaSet: first, health: 'ready' },
      ]);
    }),
    { numRuns: 150 },
  );
});

it('takes everything away when the service is deleted, requests first', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const world = new SimulatedWorld();
      for (const each of steps) world.step(each);
      world.step({ do: 'delete' });
      world.settle();
      expect(world.replicas).toEqual([]);
      expect(world.removed).toBe(true);
      expect(world.active).toBeNull();
    }),
    { numRuns: 150 },
  );
});
