import { units } from '@sconce/cli';
import * as core from '@sconce/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** sconce.yaml is read by core, what is typed by the command line, which may not import core: both have to read the same. */
describe('units that people type', () => {
  const texts = fc.oneof(
    fc.string(),
    fc
      .tuple(
        fc.stringMatching(/^\d{0,4}(\.\d{1,3})?$/),
        fc.constantFrom('', 'ms', 's', 'm', 'h', 'd', 'Ki', 'Mi', 'Gi', 'k', 'M', 'G', 'T'),
      )
      .map(([number, unit]) => `${number}${unit}`),
  );
  const same = (read: (text: string) => unknown, other: (text: string) => unknown) =>
    fc.assert(
      fc.property(texts, (text) => {
        expect(read(text)).toEqual(other(text));
      }),
      { numRuns: 500 },
    );

  it('of time, size and cores mean the same in sconce.yaml and on the command line', () => {
    same(units.parseTimeMs, core.parseDurationMs);
    same(units.parseSizeMiB, core.parseSizeMiB);
    same(units.parseCpuMilli, core.parseCpuMilli);
  });

  it.each([
    'L4',
    'H100:2',
    '24GB',
    '24gb:8',
    'A100 80GB',
    'RTX-4090',
    '',
    'x:',
    ':2',
    'H100:0',
    'H100:100',
    '0GB',
    '-x',
  ])('of GPUs as well: %j', (text) => {
    expect(units.parseGpu(text) ?? undefined).toEqual(core.parseGpu(text));
  });
});
