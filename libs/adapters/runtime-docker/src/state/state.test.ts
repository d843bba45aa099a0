import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { newId, silentLog } from '@sconce/foundation';
import { temporaryDirectory } from '@sconce/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGenerationFence } from './generation-fence.ts';
import { createLocks } from './locks.ts';
import { createReadyMarks } from './ready-marks.ts';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory('state');
});
afterEach(() => directory.remove());

describe('createGenerationFence', () => {
  it.each(['memory', 'a directory'])('lets no lower generation through, in %s', async (kind) => {
    const fence = createGenerationFence(kind === 'memory' ? null : join(directory.path, 'fence'));
    const [one, two] = [newId('svc'), newId('svc')];
    expect(await fence.admit(one, 3)).toBe(true);
    expect(await fence.admit(one, 3)).toBe(true);
    expect(await fence.admit(one, 2)).toBe(false);
    expect(await fence.admit(two, 1)).toBe(true);
    expect(await fence.admit(one, 4)).toBe(true);
    expect(await fence.admit(one, 3)).toBe(false);
    await fence.forget(one);
    expect(await fence.admit(one, 1)).toBe(true);
  });

  it('holds between processes and over restarts', async () => {
    const service = newId('svc');
    const [first, second] = [createGenerationFence(directory.path), createGenerationFence(directory.path)];
    await first.admit(service, 1);
    expect(await second.admit(service, 5)).toBe(true);
    expect(await first.admit(service, 4)).toBe(false);
    expect(await createGenerationFence(directory.path).admit(service, 4)).toBe(false);
  });

  it('is not lowered by writers at once', async () => {
    const service = newId('svc');
    const generations = Array.from({ length: 40 }, (_, index) => ((index * 17) % 40) + 1);
    await Promise.all(
      generations.map((generation) => createGenerationFence(directory.path).admit(service, generation)),
    );
    expect(await createGenerationFence(directory.path).admit(service, 39)).toBe(false);
    expect(await createGenerationFence(directory.path).admit(service, 40)).toBe(true);
    await createGenerationFence(directory.path).admit(service, 41);
    expect(readdirSync(join(directory.path, service))).toEqual(['41']);
  });
});

describe('createReadyMarks', () => {
  const container = 'a'.repeat(64);

  it('speak for one start of one container, over restarts of ours', async () => {
    const marks = createReadyMarks(directory.path, silentLog);
    await marks.load();
    marks.set(container, 'first');
    marks.set(container, 'second');
    expect(marks.has(container, 'first')).toBe(false);
    await expect
      .poll(async () => {
        const later = createReadyMarks(directory.path, silentLog);
        await later.load();
        return [later.has(container, 'second'), later.has(container, 'first')];
      })
      .toEqual([true, false]);
    marks.delete(container);
    await expect.poll(() => readdirSync(directory.path)).toEqual([]);
  });

  it('work without a directory, and with one that cannot be written', async () => {
    for (const place of [null, '/dev/null/nowhere']) {
      const marks = createReadyMarks(place, silentLog);
      await marks.load();
      marks.set(container, 'now');
      expect(marks.has(container, 'now')).toBe(true);
    }
  });
});

describe('createLocks', () => {
  it('runs one at a time per key, in order, also after failures', async () => {
    const locks = createLocks();
    const order: string[] = [];
    const work =
      (name: string, turns: number, fails = false) =>
      async () => {
        order.push(`${name} begins`);
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        order.push(`${name} ends`);
        if (fails) throw new Error(name);
      };
    const all = [locks.run('k', work('a', 9, true)), locks.run('k', work('b', 3)), locks.run('k', work('c', 1))];
    const other = locks.run('other', work('x', 0));
    await other;
    expect(order.slice(0, 3)).toEqual(['a begins', 'x begins', 'x ends']);
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(order.filter((line) => !line.startsWith('x'))).toEqual([
      'a begins',
      'a ends',
      'b begins',
      'b ends',
      'c begins',
      'c ends',
    ]);
  });
});
