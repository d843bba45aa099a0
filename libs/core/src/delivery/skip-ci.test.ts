import { expect, it } from 'vitest';
import { asksToSkip } from './skip-ci.ts';

it.each([
  ['Fix docs [skip ci]', true],
  ['[CI SKIP] Fix', true],
  ['Fix\n\nlong text [ci skip] more', true],
  ['Fix\n\nbody\n\nskip-checks: true', true],
  ['Fix\r\n\r\nSkip-Checks:true\r\n', true],
  ['Fix\n\nSigned-off-by: a\nskip-checks: true\n\n', true],
  ['Fix\n\nskip-checks: true\n\nand more text', false],
  ['Fix\n\nskip-checks: false', false],
  ['Fix\n\nwe say skip-checks: true here', false],
  ['skip ci', false],
  ['[skip  ci]', false],
  ['', false],
])('%j -> %s', (message, skips) => {
  expect(asksToSkip(message)).toBe(skips);
});
