import { newId } from '@sconce/foundation';
import { describe, expect, it } from 'vitest';
import { planTidying, type StandingSandbox } from './plan-tidying.ts';

const service = newId('svc');
const minute = 60_000;
const sandbox = (id: string, change: Partial<StandingSandbox> = {}): StandingSandbox => ({
  id,
  service,
  runs: true,
  isFresh: true,
  ageMs: 2 * minute,
  ...change,
});
const ids = (sandboxes: readonly StandingSandbox[]) => sandboxes.map(({ id }) => id);
const plan = (sandboxes: readonly StandingSandbox[], held: readonly string[] = [], hasSpare = false) => {
  const { adopt, remove } = planTidying(sandboxes, new Set(held), new Set(hasSpare ? [service] : []));
  return { adopt: ids(adopt), remove: ids(remove) };
};

describe('planTidying', () => {
  it('leaves those alone that somebody has', () => {
    expect(plan([sandbox('a'), sandbox('b', { isFresh: false })], ['a', 'b'])).toEqual({ adopt: [], remove: [] });
  });

  it('keeps one unused one per service and removes the others', () => {
    const other = newId('svc');
    const standing = [sandbox('a'), sandbox('b'), sandbox('c', { service: other })];
    expect(plan(standing)).toEqual({ adopt: ['a', 'c'], remove: ['b'] });
    expect(plan([sandbox('a')], [], true)).toEqual({ adopt: [], remove: ['a'] });
  });

  it('never keeps one that a replica has been in, or that has ended', () => {
    const standing = [sandbox('a', { isFresh: false }), sandbox('b', { runs: false })];
    expect(plan(standing)).toEqual({ adopt: [], remove: ['a', 'b'] });
  });

  it('gives another process a minute to make the replica it is for', () => {
    const young = { ageMs: minute };
    expect(plan([sandbox('a', young), sandbox('b', young)], [], true)).toEqual({ adopt: [], remove: [] });
    expect(plan([sandbox('a', young)])).toEqual({ adopt: ['a'], remove: [] });
  });
});
