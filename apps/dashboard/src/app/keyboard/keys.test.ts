import { expect, it } from 'vitest';
import { createKeyReader, keyTable } from './keys.ts';

const plain = { ctrlKey: false, metaKey: false, altKey: false };
const press = (key: string, held: Partial<typeof plain> = {}) => ({ key, ...plain, ...held });

it('reads single keys, sequences, and those with Ctrl or Cmd', () => {
  let now = 0;
  const read = createKeyReader(() => now);
  expect(read(press('?'))).toBe('?');
  expect([read(press('g')), read(press('b'))]).toEqual([null, 'g b']);
  expect([read(press('g')), read(press('x')), read(press('b'))]).toEqual([null, null, null]);
  expect(read(press('g'))).toBeNull();
  now = 1_500;
  expect(read(press('b'))).toBeNull();
  expect([read(press('K', { metaKey: true })), read(press('k', { ctrlKey: true }))]).toEqual(['Ctrl K', 'Ctrl K']);
  expect([read(press('j', { ctrlKey: true })), read(press('Enter'))]).toEqual([null, null]);
});

it('gives no key two meanings', () => {
  const all = keyTable.map(({ keys }) => keys);
  expect(new Set(all).size).toBe(all.length);
  expect(all.filter((keys) => keys.includes(' ') && !/^(?:g|Ctrl) ./.test(keys))).toEqual([]);
});
