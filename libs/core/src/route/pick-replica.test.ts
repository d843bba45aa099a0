import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickReplica } from './pick-replica.ts';

const replica = fc.record({ inFlight: fc.nat(5), avoidUntilMs: fc.constantFrom(0, 50, 200) });
const target = fc.record({ weight: fc.nat(3), replicas: fc.array(replica, { maxLength: 4 }) });
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('pickReplica', () => {
  it('never passes a limit, never takes a weight of zero, never leaves room unused', () => {
    fc.assert(
      fc.property(
        fc.array(target, { maxLength: 4 }),
        fc.option(fc.integer({ min: 1, max: 4 })),
        unit,
        (targets, limit, chance) => {
          const weighted = targets.filter((each) => each.weight > 0).flatMap((each) => each.replicas);
          const well = weighted.filter((each) => each.avoidUntilMs <= 100);
          const usable = (well.length > 0 ? well : weighted).filter((each) => limit === null || each.inFlight < limit);
          const picked = pickReplica(targets, limit, 100, () => chance);
          if (usable.length === 0) expect(picked).toBeNull();
          else expect(usable).toContain(picked);
        },
      ),
    );
  });

  it('takes the least busy of its target', () => {
    fc.assert(
      fc.property(fc.array(replica, { minLength: 1, maxLength: 6 }), unit, (replicas, chance) => {
        const calm = replicas.map((each) => ({ ...each, avoidUntilMs: 0 }));
        const picked = pickReplica([{ weight: 1, replicas: calm }], null, 100, () => chance);
        expect(picked?.inFlight).toBe(Math.min(...calm.map((each) => each.inFlight)));
      }),
    );
  });

  it('shares by weight and breaks ties evenly', () => {
    let seed = 42;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    const make = (id: string) => ({ id, inFlight: 0, avoidUntilMs: 0 });
    const targets = [
      { weight: 9, replicas: [make('old-1'), make('old-2'), make('old-3')] },
      { weight: 1, replicas: [make('new-1')] },
    ];
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 20_000; draw += 1) {
      const id = pickReplica(targets, null, 0, random)?.id ?? 'none';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(counts.get('new-1')).toBeGreaterThan(1_800);
    expect(counts.get('new-1')).toBeLessThan(2_200);
    for (const id of ['old-1', 'old-2', 'old-3']) expect(counts.get(id)).toBeGreaterThan(5_600);
  });

  it('prefers waiting for a well replica to one that refuses', () => {
    const busy = { inFlight: 1, avoidUntilMs: 0 };
    const refusing = { inFlight: 0, avoidUntilMs: 200 };
    expect(pickReplica([{ weight: 1, replicas: [busy, refusing] }], 1, 100, () => 0)).toBeNull();
    expect(pickReplica([{ weight: 1, replicas: [refusing] }], 1, 100, () => 0)).toBe(refusing);
  });
});
