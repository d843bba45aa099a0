import { expect, it } from 'vitest';
import { lonely } from './lonely.ts';

it.each([
  [[null, null, 3], [2]],
  [
    [1, null, 2, 3, null, 0],
    [0, 5],
  ],
  [[null, 2, 3], []],
  [[], []],
])('in %j stand alone %j', (values, expected) => {
  expect(lonely(values)).toEqual(expected);
});
