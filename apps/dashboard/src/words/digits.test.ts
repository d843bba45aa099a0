import fc from 'fast-check';
import { expect, it } from 'vitest';
import { digits } from './digits.ts';

it('says what the browser would say of numbers', () => {
  const number = fc.oneof(
    fc.integer(),
    fc.double({ min: -1e15, max: 1e15, noNaN: true }),
    fc.double({ min: -2, max: 2, noNaN: true }),
  );
  fc.assert(
    fc.property(number, fc.integer({ min: 0, max: 3 }), (value, decimals) => {
      const words = value.toLocaleString('en-US', { maximumFractionDigits: decimals });
      // Where two are as near, and for numbers like -0.0001, either will do.
      if (digits(value, decimals) !== words)
        expect(Math.abs(Number(digits(value, decimals).replaceAll(',', '')) - value)).toBeLessThanOrEqual(
          0.500001 / 10 ** decimals,
        );
    }),
  );
  for (const [value, decimals, words] of [
    [0, 0, '0'],
    [999, 0, '999'],
    [1_204, 0, '1,204'],
    [1_234_567.5, 2, '1,234,567.5'],
    [-1_234, 0, '-1,234'],
    [0.4, 2, '0.4'],
    [12.999, 2, '13'],
  ] as const)
    expect(digits(value, decimals)).toBe(words);
});
