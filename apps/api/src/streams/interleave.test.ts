import { expect, it } from 'vitest';
import { interleave } from './interleave.ts';

async function* from<Item>(...steps: readonly (Promise<void> | Item)[]): AsyncGenerator<Item> {
  for (const step of steps) {
    if (step instanceof Promise) await step;
    else yield step;
  }
}

it('tells what comes in the order in which it comes, loses nothing, and ends with the first that ends', async () => {
  const [gate, never] = [Promise.withResolvers<void>(), new Promise<void>(() => {})];
  const heard: string[] = [];
  for await (const item of interleave(from('a1', 'a2', gate.promise, 'a3'), from('b1', never))) {
    heard.push(item);
    if (heard.length === 3) gate.resolve();
  }
  expect(heard.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1']);
  expect(heard.indexOf('a1')).toBeLessThan(heard.indexOf('a2'));
  expect(heard.at(-1)).toBe('a3');
});

it('fails with what failed', async () => {
  const broken = Promise.reject(new Error('broken'));
  broken.catch(() => {});
  await expect(interleave(from(broken), from(new Promise<void>(() => {}))).next()).rejects.toThrow('broken');
});
