import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestHoldMs } from './plan-leaving.ts';
import { SimulatedCluster } from './testing/simulated-cluster.ts';
import type { SimulatedWorld, Step } from './testing/simulated-world.ts';

const products = ['L4', 'H100'] as const;
const product = fc.constantFrom(...products);
const nodes = fc.array(fc.record({ product, gpus: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 4 });
const asks = fc.array(fc.record({ product, gpus: fc.constantFrom(1, 1, 1, 2) }), { minLength: 1, maxLength: 4 });

const ofService: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ do: 'plan', actions: 99 } as const) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('gateway_takes' as const), gateway: fc.nat(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('deploy' as const),
      behaviour: fc.constantFrom(
        'well' as const,
        'well' as const,
        'slow' as const,
        'crashes' as const,
        'never' as const,
      ),
      replicas: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { do: 'roll_back' } as const,
      { do: 'abort' } as const,
      { do: 'deploy_same' } as const,
      { do: 'scheduler_dies' } as const,
    ),
  },
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ service: fc.nat(3), step: ofService }) },
  { weight: 2, arbitrary: fc.record({ seconds: fc.constantFrom(1, 1, 2, 5) }) },
);
const loss = fc.record({ node: fc.nat(3), isLost: fc.boolean() });

const drain = fc.oneof(
  fc.record({ node: fc.nat(3), isDrained: fc.boolean() }),
  fc.record({ node: fc.nat(3), evicts: fc.constant(true) }),
);

type Happening =
  | { service: number; step: Step }
  | { seconds: number }
  | { node: number; isLost: boolean }
  | { node: number; isDrained: boolean }
  | { node: number; evicts: boolean };

function happen(cluster: SimulatedCluster, happening: Happening): void {
  if ('seconds' in happening) cluster.tick(happening.seconds);
  else if ('service' in happening) cluster.services[happening.service % cluster.services.length]?.step(happening.step);
  else {
    const node = cluster.nodes[happening.node % cluster.nodes.length];
    if (node === undefined) return;
    if ('isDrained' in happening) cluster.drain(node, happening.isDrained);
    else if ('evicts' in happening) cluster.evict(node);
    else if (happening.isLost) cluster.lose(node);
    else node.isLost = false;
  }
}

const made = (given: readonly { product: string; gpus: number }[]) =>
  given.map((node) => ({ ...node, isLost: false, isDrained: false }));
const answers = (world: SimulatedWorld) => (world.tables.at(-1)?.serves.size ?? 0) > 0;

describe('services that share the GPUs of a cluster', () => {
  it('never wait for each other: every rollout ends, and who answered goes on answering', () => {
    fc.assert(
      fc.property(nodes, asks, fc.array(step, { maxLength: 120, size: 'max' }), (given, asked, steps) => {
        const cluster = new SimulatedCluster(made(given), asked);
        const answered = new Set<SimulatedWorld>();
        for (const each of steps) {
          happen(cluster, each);
          for (const world of cluster.services) {
            if (world.live !== null && answers(world)) answered.add(world);
            else if (answered.has(world))
              expect(world.active, 'who stopped answering is being handed over, or given back').not.toBeNull();
          }
        }
        cluster.settle();
        for (const world of cluster.services) {
          expect(world.active, 'no rollout is left').toBeNull();
          expect(world.desired, 'what is wanted is what is live').toBe(world.live);
          const sets = new Set(world.replicas.map(({ replicaSet }) => replicaSet));
          expect([...sets], 'only the live release stands').toEqual(
            world.live === null ? [] : [world.setOf(world.live)],
          );
          if (answered.has(world)) expect(answers(world), 'who answered answers').toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('end their rollouts also while nodes are lost, and stand again when those are back', () => {
    const happening = fc.oneof({ weight: 12, arbitrary: step }, { weight: 1, arbitrary: loss });
    fc.assert(
      fc.property(nodes, asks, fc.array(happening, { maxLength: 120, size: 'max' }), (given, asked, happenings) => {
        // Each replica fits wherever one GPU is free, so that what fitted once fits again.
        const cluster = new SimulatedCluster(
          made(given),
          asked.map((one) => ({ ...one, gpus: 1 })),
        );
        for (const each of happenings) happen(cluster, each);
        cluster.settle();
        for (const world of cluster.services) expect(world.active, 'no rollout is left').toBeNull();
        for (const node of cluster.nodes) node.isLost = false;
        cluster.settle();
        for (const world of cluster.services) {
          const behaviour = world.live === null ? null : world.releases.get(world.live)?.behaviour;
          if (behaviour === 'well' || behaviour === 'slow') expect(answers(world), 'what is live answers').toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('move off nodes that are drained before they end, and hold no drain for ever', () => {
    const well = step.filter((each) => !('step' in each) || each.step.do !== 'abort');
    const happening = fc.oneof({ weight: 12, arbitrary: well }, { weight: 3, arbitrary: drain });
    fc.assert(
      fc.property(nodes, asks, fc.array(happening, { maxLength: 120, size: 'max' }), (given, asked, happenings) => {
        const cluster = new SimulatedCluster(
          made(given),
          asked.map((one) => ({ ...one, gpus: 1 })),
        );
        const answered = new Set<SimulatedWorld>();
        for (const each of happenings) {
          happen(cluster, each);
          for (const world of cluster.services) {
            if (world.live !== null && answers(world)) answered.add(world);
            else if (answered.has(world))
              expect(world.active, 'who stopped answering is being handed over, or given back').not.toBeNull();
          }
        }
        cluster.settle();
        for (const node of cluster.nodes)
          if (node.isDrained) expect(cluster.leftOn(node), 'who has a place elsewhere is there').toEqual([]);
        cluster.tick(longestHoldMs / 1_000);
        cluster.settle();
        for (const world of cluster.services) expect(world.active, 'no rollout is left').toBeNull();
        for (const node of cluster.nodes)
          if (node.isDrained) expect(cluster.evict(node), 'nobody holds a drained node for ever').toBe(0);
        for (const node of cluster.nodes) cluster.drain(node, false);
        cluster.settle();
        for (const world of cluster.services) {
          const release = world.live === null ? undefined : world.releases.get(world.live);
          if (release?.behaviour !== 'well' && release?.behaviour !== 'slow') continue;
          expect(answers(world), 'what is live answers').toBe(true);
          expect(world.replicas.length, 'with as many replicas as it should have').toBe(release.replicas);
        }
      }),
      { numRuns: 200 },
    );
  });
});
