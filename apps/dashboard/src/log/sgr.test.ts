import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainOf, toPieces } from './sgr.ts';

const looks = (line: string) =>
  toPieces(line).map(({ text, colour, bold, dim, underline }) =>
    [text, colour, bold && 'bold', dim && 'dim', underline && 'underline'].filter(Boolean).join(' '),
  );

describe('toPieces', () => {
  it.each([
    ['plain', ['plain']],
    ['\u001b[31mred\u001b[0m not', ['red red', ' not']],
    ['\u001b[1;33mwarn\u001b[22m still yellow\u001b[39m.', ['warn yellow bold', ' still yellow yellow', '.']],
    ['\u001b[38;5;9mbright\u001b[38;5;200mother\u001b[38;2;1;2;3mrgb', ['bright red', 'other', 'rgb']],
    ['\u001b[4;2mx\u001b[24;22my', ['x dim underline', 'y']],
    ['\u001b[mreset', ['reset']],
    ['\u001b[48;5;1mback', ['back']],
  ])('%j', (line, expected) => expect(looks(line)).toEqual(expected));

  it('leaves out what is for a terminal alone', () => {
    expect(plainOf('\u001b[2J\u001b[Hhome\u001b[10;5H!')).toBe('home!');
    expect(plainOf('\u001b]0;title\u0007a\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\')).toBe('alink');
    expect(plainOf('\u001bP1$r\u001b\\b\u001b(Bc\u001b]52;c;unended')).toBe('bc');
    expect(plainOf('a\u0000b\u0007c\u009bm\td')).toBe('abc\td');
  });

  it('shows what a progress bar showed last', () => {
    expect(plainOf('10%\r50%\r100%\r')).toBe('100%');
    expect(plainOf('\r')).toBe('');
  });

  it('names what would turn the line around', () => expect(plainOf('a\u202eb')).toBe('a<202E>b'));

  it('never lets an escape, a control or endless text through, whatever comes', () => {
    const nasty = fc.array(
      fc.constantFrom('\u001b', '[', ']', '3', '1', 'm', ';', '\u0007', 'x', '\\', 'P', '\u202e', '\r'),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(nasty, (parts) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left.
        expect(plainOf(parts.join(''))).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
    );
    expect(plainOf('x'.repeat(10_000_000)).length).toBeLessThan(9_000);
  });
});
