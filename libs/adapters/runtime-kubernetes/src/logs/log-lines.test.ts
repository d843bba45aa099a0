import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogParser } from './log-lines.ts';

describe('createLogParser', () => {
  it('gives the same lines wherever the chunks are cut', () => {
    const text = '2026-01-01T00:00:00.123456789Z größer 😀\n2026-01-01T00:00:01Z \n2026-01-01T02:00:02.5+02:00 zone\n';
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 9 }), (places) => {
        const parser = createLogParser();
        const at = [0, ...places.sort((a, b) => a - b), bytes.length];
        const lines = at.slice(1).flatMap((end, index) => parser.write(bytes.subarray(at[index], end)));
        expect([...lines, ...parser.end()]).toEqual([
          { timestamp: '2026-01-01T00:00:00.123456789Z', text: 'größer 😀' },
          { timestamp: '2026-01-01T00:00:01.000000000Z', text: '' },
          { timestamp: '2026-01-01T00:00:02.500000000Z', text: 'zone' },
        ]);
      }),
    );
  });

  it('gives long lines in pieces of at most 64 KiB, all with the time of the first', () => {
    const parser = createLogParser();
    const lines = [...parser.write(Buffer.from(`2026-01-01T00:00:00Z ${'ü'.repeat(100_000)}\n`)), ...parser.end()];
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.map(({ text }) => text).join('')).toBe('ü'.repeat(100_000));
    for (const { text } of lines) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536);
    expect(new Set(lines.map(({ timestamp }) => timestamp)).size).toBe(1);
  });
});
