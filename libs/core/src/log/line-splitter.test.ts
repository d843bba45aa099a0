import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from './line-splitter.ts';

function split(chunks: readonly string[], limit?: number): string[] {
  const splitter = createLineSplitter(limit);
  return [...chunks.flatMap((chunk) => splitter.write(chunk)), ...splitter.flush()];
}

describe('createLineSplitter', () => {
  it.each([
    [['a\nb\n'], ['a', 'b']],
    [
      ['a\n', 'b'],
      ['a', 'b'],
    ],
    [
      ['a\r\nb\r', '\nc'],
      ['a', 'b', 'c'],
    ],
    [['\n\n'], ['', '']],
    [['a\rb\n'], ['a\rb']],
    [[], []],
  ])('splits %j', (chunks, lines) => {
    expect(split(chunks)).toEqual(lines);
  });

  it('gives a line as soon as its newline is there', () => {
    const splitter = createLineSplitter();
    expect(splitter.write('one\ntw')).toEqual(['one']);
    expect(splitter.write('o\n')).toEqual(['two']);
  });

  it('gives long lines in pieces and cuts no character', () => {
    expect(split(['abcdefgh\nij\n'], 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(split(['abc😀def'], 4)).toEqual(['abc', '😀de', 'f']);
    expect(split(['abcd\r\nefgh\n'], 4)).toEqual(['abcd', 'efgh']);
  });

  it('keeps no more than a piece of an endless line', () => {
    const splitter = createLineSplitter(1_000);
    let given = 0;
    for (let round = 0; round < 1_000; round++) given += splitter.write('x'.repeat(100)).join('').length;
    expect(given).toBeGreaterThanOrEqual(100_000 - 1_101);
  });

  it('gives the same whatever the chunks are, and loses nothing', () => {
    const piece = fc.constantFrom('a', 'bb', '\n', '\r\n', '\r', '😀', 'cccc');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.integer({ min: 2, max: 9 }),
        (parts, cuts, limit) => {
          const whole = parts.join('');
          const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
          const chunks = places.slice(1).map((end, index) => whole.slice(places[index], end));
          const lines = split([whole], limit);
          expect(split(chunks, limit)).toEqual(lines);
          for (const line of lines) {
            expect(line.length).toBeLessThanOrEqual(limit);
            expect(line.isWellFormed()).toBe(true);
          }
          expect(lines.join('')).toBe(whole.replaceAll('\r\n', '').replaceAll('\n', ''));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
