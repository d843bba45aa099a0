import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGroupCommitter } from './group-committer.ts';

function makeCommitter(options: { maxItems?: number; maxBytes?: number; maxWaitingBytes?: number } = {}) {
  const groups: number[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const committer = createGroupCommitter<number, string>({
    commit: async (items) => {
      groups.push([...items]);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return items.map((item) => `done ${item}`);
    },
    sizeOf: (item) => item,
    maxItems: 100,
    maxBytes: 1_000,
    maxWaitingBytes: 10_000,
    refuse: () => {
      throw new Error('full');
    },
    ...options,
  });
  return { committer, groups, gates };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('createGroupCommitter', () => {
  it('writes the first at once, and together what came meanwhile', async () => {
    const { committer, groups, gates } = makeCommitter();
    const all = [1, 2, 3].map((item) => committer.add(item));
    expect(groups).toEqual([[1]]);
    gates[0]?.resolve();
    await turn();
    expect(groups).toEqual([[1], [2, 3]]);
    gates[1]?.resolve();
    expect(await Promise.all(all)).toEqual(['done 1', 'done 2', 'done 3']);
  });

  it('answers nobody before the group is written', async () => {
    const { committer, gates } = makeCommitter();
    let answered = false;
    const one = committer.add(1).then(() => {
      answered = true;
    });
    await turn();
    expect(answered).toBe(false);
    gates[0]?.resolve();
    await one;
  });

  it('keeps to the limits, and lets one that is too large go alone', async () => {
    const { committer, groups, gates } = makeCommitter({ maxItems: 2, maxBytes: 10 });
    const all = [1, 2, 3, 4, 50, 6, 5].map((item) => committer.add(item));
    for (let i = 0; i < 6; i += 1) {
      gates[i]?.resolve();
      await turn();
    }
    await Promise.all(all);
    expect(groups).toEqual([[1], [2, 3], [4], [50], [6], [5]]);
  });

  it('fails the whole group with its error, and goes on', async () => {
    const { committer, gates } = makeCommitter();
    const first = committer.add(1);
    const second = committer.add(2);
    gates[0]?.reject(new Error('disk full'));
    await expect(first).rejects.toThrow('disk full');
    gates[1]?.resolve();
    expect(await second).toBe('done 2');
  });

  it('refuses when too much waits', async () => {
    const { committer, gates } = makeCommitter({ maxWaitingBytes: 10 });
    const kept = [committer.add(1), committer.add(8)];
    expect(() => committer.add(5)).toThrow('full');
    gates[0]?.resolve();
    await turn();
    kept.push(committer.add(5));
    gates[1]?.resolve();
    await turn();
    gates[2]?.resolve();
    expect(await Promise.all(kept)).toEqual(['done 1', 'done 8', 'done 5']);
  });

  it('gives each item its own answer, once and in order, however they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }), async (items) => {
        const seen: number[] = [];
        const committer = createGroupCommitter<number, number>({
          commit: async (group) => {
            await turn();
            seen.push(...group);
            return group.map((item) => item * 2);
          },
          sizeOf: (item) => item,
          maxItems: 7,
          maxBytes: 60,
          maxWaitingBytes: 100_000,
          refuse: () => {
            throw new Error('full');
          },
        });
        expect(await Promise.all(items.map((item) => committer.add(item)))).toEqual(items.map((item) => item * 2));
        expect(seen).toEqual(items);
      }),
      { numRuns: 50 },
    );
  });
});
