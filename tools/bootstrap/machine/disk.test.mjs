import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freeGiB, mustHaveSpace } from './disk.mjs';

it('looks at the disk that a folder will be on before it is there', () => {
  expect(freeGiB(join(tmpdir(), 'not', 'yet', 'there'))).toBeCloseTo(freeGiB(tmpdir()), 0);
});

it('says how much is needed and how much is free', () => {
  expect(() => mustHaveSpace(tmpdir(), 0, 'Sconce')).not.toThrow();
  expect(() => mustHaveSpace(tmpdir(), 1e9, 'Sconce')).toThrow(
    /^Sconce needs about 1000000000 GB on the disk of .*; [\d.]+ GB are free\.$/,
  );
});
