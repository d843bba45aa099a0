import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerListing } from '../engine/engine.ts';
import type { ReplicaLabels } from '../names.ts';
import { planReplicas, type StandingReplica, toStandingReplica } from './plan-replicas.ts';

const standing = (slot: number, state: StandingReplica['state']): StandingReplica => ({ id: `c${slot}`, slot, state });

describe('planReplicas', () => {
  it('makes what is missing in the lowest free slots', () => {
    expect(planReplicas([], 2)).toEqual({ create: [0, 1], start: [], remove: [], clear: [] });
    expect(planReplicas([standing(1, 'runs')], 3)).toEqual({ create: [0, 2], start: [], remove: [], clear: [] });
  });

  it('starts what stands and removes the highest', () => {
    expect(planReplicas([standing(2, 'runs'), standing(0, 'stands'), standing(1, 'runs')], 2)).toEqual({
      create: [],
      start: ['c0'],
      remove: ['c2'],
      clear: [],
    });
  });

  it('leaves the slots of those on their way out alone, and replaces broken ones', () => {
    expect(planReplicas([standing(0, 'leaving'), standing(1, 'broken')], 2)).toEqual({
      create: [1, 2],
      start: [],
      remove: [],
      clear: ['c1'],
    });
  });

  it('always ends with as many as wanted, in slots of their own, and plans nothing then', () => {
    const states = fc.constantFrom<StandingReplica['state']>('runs', 'stands', 'broken', 'leaving');
    const anyStanding = fc.uniqueArray(fc.tuple(fc.nat(12), states), { selector: ([slot]) => slot, maxLength: 10 });
    fc.assert(
      fc.property(anyStanding, fc.nat(8), (before, replicas) => {
        const all = before.map(([slot, state]) => standing(slot, state));
        const plan = planReplicas(all, replicas);
        const kept = all.filter(
          ({ id, state }) => ![...plan.remove, ...plan.clear].includes(id) && state !== 'leaving',
        );
        const after = [...kept, ...plan.create.map((slot) => ({ ...standing(slot, 'runs'), id: `new${slot}` }))];
        expect(after).toHaveLength(replicas);
        const leaving = all.filter(({ state }) => state === 'leaving');
        const slots = [...after, ...leaving].map(({ slot }) => slot);
        expect(new Set(slots).size).toBe(slots.length);
        const running = after.map((one) => ({ ...one, state: 'runs' as const }));
        expect(planReplicas([...running, ...leaving], replicas)).toEqual({
          create: [],
          start: [],
          remove: [],
          clear: [],
        });
        // Two that see the same plan the same.
        expect(planReplicas([...all].reverse(), replicas)).toEqual(plan);
      }),
    );
  });
});

describe('toStandingReplica', () => {
  const state = (
    State: string,
    change: { readonly leaving?: string; readonly sandbox?: string; readonly incomplete?: string } = {},
  ) =>
    toStandingReplica({ Id: 'c0', State } as ContainerListing, { slot: 0, sandbox: 's0' } as ReplicaLabels, {
      leaving: new Set([change.leaving ?? '']),
      sandboxes: new Set([change.sandbox ?? 's0']),
      incomplete: new Set([change.incomplete ?? '']),
    }).state;

  it('counts what runs in a sandbox that runs', () => {
    expect(state('running')).toBe('runs');
    expect(state('restarting')).toBe('runs');
    expect(state('running', { sandbox: 'another' })).toBe('broken');
  });

  it('starts what has ended, whatever became of its sandbox', () => {
    expect(state('exited')).toBe('stands');
    expect(state('created', { sandbox: 'another' })).toBe('stands');
  });

  it('starts again what lacks a sidecar, unless all of it has to be made anew', () => {
    expect(state('running', { incomplete: 'c0' })).toBe('stands');
    expect(state('running', { incomplete: 'c0', sandbox: 'another' })).toBe('broken');
  });

  it('leaves those on their way out alone', () => {
    expect(state('removing')).toBe('leaving');
    expect(state('running', { leaving: 'c0', sandbox: 'another' })).toBe('leaving');
    expect(state('dead')).toBe('broken');
  });
});
