import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeFrame, FrameScanner, textFrame } from './frame-scanner.ts';

function frame(length: number, masked: boolean): Buffer {
  const mark = masked ? 0x80 : 0;
  const header =
    length < 126
      ? [0x82, mark | length]
      : length < 65_536
        ? [0x82, mark | 126, length >> 8, length & 0xff]
        : [0x82, mark | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length + (masked ? 4 : 0), 0x81)]);
}

describe('FrameScanner', () => {
  it('knows where frames end, however their bytes come', () => {
    const sizes = fc.constantFrom(0, 1, 125, 126, 127, 300, 65_535, 65_536);
    const frames = fc.array(fc.tuple(sizes, fc.boolean()), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 20 }),
        (all, cuts) => {
          const whole = Buffer.concat(all.map(([length, masked]) => frame(length, masked)));
          const ends = new Set([0]);
          let end = 0;
          for (const [length, masked] of all) {
            end += frame(length, masked).length;
            ends.add(end);
          }
          const scanner = new FrameScanner();
          for (let at = 0, turn = 0; at < whole.length; turn += 1) {
            const next = Math.min(whole.length, at + (cuts[turn % cuts.length] ?? 1));
            scanner.take(whole.subarray(at, next));
            at = next;
            expect(scanner.isBetweenFrames).toBe(ends.has(at));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('sees that one closes, however its bytes come', () => {
    const scanner = new FrameScanner();
    scanner.take(textFrame('\x88\x88'));
    expect(scanner.hasClosed).toBe(false);
    for (const byte of closeFrame(1000, '')) scanner.take(Buffer.from([byte]));
    expect([scanner.hasClosed, scanner.isBetweenFrames]).toEqual([true, true]);
  });

  it('takes a length that nothing can have for one that never ends', () => {
    const scanner = new FrameScanner();
    scanner.take(Buffer.from([0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3]));
    expect(scanner.isBetweenFrames).toBe(false);
  });

  it('finds our own frames to be whole', () => {
    for (const made of [
      textFrame(''),
      textFrame('x'.repeat(125)),
      textFrame('ü'.repeat(20_000)),
      closeFrame(1001, 'why'),
    ]) {
      const scanner = new FrameScanner();
      scanner.take(made);
      expect(scanner.isBetweenFrames).toBe(true);
    }
    expect(() => closeFrame(1000, 'x'.repeat(124))).toThrow(RangeError);
  });
});
