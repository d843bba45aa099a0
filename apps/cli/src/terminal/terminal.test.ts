import { describe, expect, it } from 'vitest';
import { cleanText } from './clean-text.ts';
import { makeColours, wantsColours } from './colours.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';
import { createTerminal, type Output, quietTerminal } from './terminal.ts';
import { shorten, textWidth, wrap } from './text-width.ts';
import { age, clock, duration } from './times.ts';

function recorder(isTTY: boolean): Output & { text: string } {
  const output = {
    text: '',
    isTTY,
    columns: 100,
    write: (text: string) => {
      output.text += text;
    },
  };
  return output;
}

describe('cleanText', () => {
  it.each([
    ['clears the screen', 'a\x1b[2Jb', 'ab'],
    ['moves the cursor up and over what was printed', 'a\x1b[1A\rb', 'ab'],
    ['sets the title', '\x1b]0;owned\x07a', 'a'],
    ['is a link that says one thing and goes elsewhere', '\x1b]8;;http://evil\x1b\\text\x1b]8;;\x1b\\', 'text'],
    ['is one line that would be two', 'a\nb', 'ab'],
    ['rings', 'a\x07b', 'ab'],
    ['ends in the middle of a sequence', 'a\x1b[', 'a['],
    ['uses the one-byte form', 'a\x9b2Jb', 'a2Jb'],
    ['reads backwards', 'safe\u202egnp.exe\u2066', 'safe<U+202E>gnp.exe<U+2066>'],
    ['is only text', 'naïve ✓ 漢字\tx', 'naïve ✓ 漢字\tx'],
  ])('makes safe what %s', (_, text, safe) => {
    expect(cleanText(text)).toBe(safe);
    expect(cleanText(text, true)).toBe(safe);
  });

  it('keeps colours where they are wanted, and ends them with the line', () => {
    expect(cleanText('\x1b[31mred', true)).toBe('\x1b[31mred\x1b[0m');
    expect(cleanText('\x1b[31mred', false)).toBe('red');
  });
});

describe('a terminal', () => {
  it('is a net below everything that is printed, and lets our own colours through', () => {
    const [out, err] = [recorder(true), recorder(false)];
    const terminal = createTerminal(out, err, {});
    terminal.line(`${terminal.colours.green('ok')} a\x1b[2J\u202eb`);
    terminal.note('a\x1b[31m\x1b[2Jb');
    expect([out.text, err.text]).toEqual(['\x1b[32mok\x1b[0m a<U+202E>b\x1b[0m\n', 'ab\n']);
  });

  it('writes JSON that acts on nothing and reads as the same value', () => {
    const out = recorder(true);
    const value = { text: '\x1b[2J\x9b\u202e\x7f "é漢"' };
    createTerminal(out, out, {}).json(value);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(out.text.trimEnd()).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
    expect(JSON.parse(out.text)).toEqual(value);
  });

  it('is quiet when only the answer is wanted', () => {
    const [out, err] = [recorder(true), recorder(true)];
    const terminal = quietTerminal(createTerminal(out, err, {}));
    terminal.note('remark');
    terminal.line('answer');
    expect([out.text, err.text, terminal.live, terminal.asks]).toEqual(['answer\n', '', false, true]);
  });
});

describe('colours', () => {
  it('are only for terminals, and not where NO_COLOR or a dumb terminal says otherwise', () => {
    expect(wantsColours({ isTTY: true }, {})).toBe(true);
    expect(wantsColours({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(wantsColours({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColours({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(wantsColours({}, {})).toBe(false);
  });
});

describe('times', () => {
  it.each([
    [0, '0:00'],
    [7_400, '0:07'],
    [94_000, '1:34'],
    [3_723_000, '1:02:03'],
  ])('%d ms are %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('says how long ago, in the largest unit that fits', () => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    expect(
      ['2026-03-01T11:59:59.5Z', '2026-03-01T11:59:50Z', '2026-03-01T11:57:00Z', '2026-02-27T11:00:00Z'].map((at) =>
        age(at, now),
      ),
    ).toEqual(['now', '10 s ago', '3 min ago', '2 d ago']);
  });

  it('names the day only when it is not today', () => {
    const now = new Date(2026, 2, 1, 12, 0).getTime();
    expect(clock(new Date(2026, 2, 1, 9, 5).toISOString(), now)).toBe('09:05');
    expect(clock(new Date(2026, 1, 27, 9, 5).toISOString(), now)).toBe('Feb 27 09:05');
  });
});

describe('table', () => {
  it('lines cells up, colours not counted, and leaves no blanks at the end', () => {
    const { red } = makeColours(true);
    const [first = '', second = ''] = table([
      [red('ab'), 'x', ''],
      ['a', 'xyz', ''],
    ]);
    expect(textWidth(first)).toBe('ab  x'.length);
    expect(second).toBe('a   xyz');
  });

  it('cuts by characters', () => expect([shorten('漢字漢字', 3), shorten('abc', 3)]).toEqual(['漢字…', 'abc']));
});

describe('wrap', () => {
  it('breaks between words, and lets one that is too long stand alone', () => {
    expect(wrap('a bb ccc dddddddd e', 5)).toEqual(['a bb', 'ccc', 'dddddddd', 'e']);
    expect(wrap('one', 80)).toEqual(['one']);
  });
});

describe('progress', () => {
  it('writes one line per step where there is no terminal to draw on', () => {
    const stderr = recorder(false);
    const progress = createProgress(createTerminal(recorder(false), stderr, {}));
    progress.row('build', () => 'building 1 s');
    progress.row('build', () => 'building 2 s');
    progress.line('a log line');
    progress.row('start', () => 'starting');
    progress.end();
    expect(stderr.text).toBe('building 1 s\na log line\nstarting\n');
  });

  it('draws over itself on a terminal, with lines above, and leaves nothing behind', () => {
    const stderr = recorder(true);
    const progress = createProgress(createTerminal(recorder(true), stderr, {}));
    progress.row('build', () => 'building');
    progress.line('a log line');
    progress.end();
    expect(stderr.text.replaceAll('\r\x1b[K', '<')).toBe('<building<a log line\n<building<');
  });
});
