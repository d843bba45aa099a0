import { expect, it } from 'vitest';
import { isNewEnough } from './nftables.mjs';

it.each([
  ['6.1.0-28-amd64', true],
  ['5.13.0', true],
  ['5.10.0-33-cloud-amd64', false],
  ['4.19.325', false],
])('%s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});
