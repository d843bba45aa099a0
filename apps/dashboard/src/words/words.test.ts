import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, mebibytes } from './bytes.ts';
import { duration, plural, spokenDuration, took } from './duration.ts';
import { ago, agoChangesInMs, clock, clockOfLine, exactly } from './moment.ts';
import { authorName, commitTitle, plainLine, refName } from './plain-text.ts';

describe('durations', () => {
  it.each([
    [0, '0:00'],
    [999, '0:01'],
    [59_499, '0:59'],
    [94_000, '1:34'],
    [3_600_000, '1:00:00'],
    [47 * 3_600_000, '47:00:00'],
    [76 * 3_600_000, '3 d 4 h'],
    [-5, '0:00'],
  ])('%i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    [0.4, '0 ms'],
    [480, '480 ms'],
    [1_249, '1.2 s'],
    [9_949, '9.9 s'],
    [9_960, '0:10'],
  ])('a part that took %d ms took %s', (ms, text) => expect(took(ms)).toBe(text));

  it('are said in words, the two largest units of them', () => {
    expect([94_000, 1_000, 200, 90_061_000].map(spokenDuration)).toEqual([
      '1 minute 34 seconds',
      '1 second',
      'no time',
      '1 day 1 hour',
    ]);
  });

  it('counts', () => expect([plural(1, 'replica'), plural(1_200, 'replica')]).toEqual(['1 replica', '1,200 replicas']));
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [1_024 * 1_023.9, '1.0 MiB'],
    [1.5 * 1_024 ** 3, '1.5 GiB'],
    [140 * 1_024 ** 3, '140 GiB'],
  ])('%d is %s', (count, text) => expect(bytes(count)).toBe(text));
  it('of settings come in MiB', () => expect(mebibytes(2_048)).toBe('2.0 GiB'));
});

describe('moments', () => {
  const now = new Date(2026, 10, 24, 14, 3, 7, 123).getTime();
  it.each([
    [-60_000, 'now'],
    [4_000, 'now'],
    [40_000, '40 s ago'],
    [59_600, '1 min ago'],
    [59 * 60_000, '59 min ago'],
    [60 * 60_000, '1 h ago'],
    [23 * 3_600_000, '23 h ago'],
    [25 * 3_600_000, '1 d ago'],
    [29 * 86_400_000, '29 d ago'],
    [31 * 86_400_000, '24 Oct 2026'],
  ])('%d ms before is %s', (past, text) => expect(ago(now - past, now)).toBe(text));

  it('says the same until it says it would change', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * 86_400_000 }), (past) => {
        const step = agoChangesInMs(now - past, now);
        // Never more than one change is skipped: seconds change every second, minutes within a quarter of one, hours within five minutes.
        expect(step).toBeLessThanOrEqual(past < 60_000 ? 1_000 : past < 3_600_000 ? 15_000 : 300_000);
      }),
    );
  });

  it('tell the day only when it was another', () => {
    expect(clock(now - 3_600_000, now)).toBe('13:03');
    expect(clock(now - 86_400_000, now)).toBe('23 Nov, 14:03');
    expect(clock(now - 400 * 86_400_000, now)).toBe('20 Oct 2025, 14:03');
  });

  it('have an exact form with zone, and one for lines', () => {
    expect(exactly(now)).toMatch(/^24 Nov 2026, 14:03:07\.123 UTC(?:[+-]\d+(?::\d\d)?)?$/);
    expect(clockOfLine(now)).toBe('14:03:07.123');
  });
});

describe('text of strangers', () => {
  it('stays one line without controls, and shows what would turn it around', () => {
    expect(plainLine('a\u001b[31mb\n\tc')).toBe('a\ufffd[31mb c');
    expect(plainLine('safe\u202etxt.exe')).toBe('safe<202E>txt.exe');
    expect(plainLine('x'.repeat(1_000_000), 10)).toBe('xxxxxxxxx…');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const line = plainLine(text, 100);
        expect(line.length).toBeLessThanOrEqual(100);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left.
        expect(line).not.toMatch(/[\n\r\u202a-\u202e\u2066-\u2069\u0000-\u001f]/u);
      }),
    );
  });

  it('is taken apart', () => {
    expect(commitTitle('\n Resize before crop\n\nmore')).toBe('Resize before crop');
    expect([authorName('Ana <ana@example.com>'), authorName('<b>')]).toEqual(['Ana', '<b>']);
    expect(refName('refs/heads/feature/x')).toBe('feature/x');
  });
});
