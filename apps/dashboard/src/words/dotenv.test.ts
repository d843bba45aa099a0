import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDotenv, readAssignment } from './dotenv.ts';

describe('parseDotenv', () => {
  it('reads what files have in them', () => {
    const { values, mistakes } = parseDotenv(`
# comment
PLAIN=one two   # and why
export EXPORTED = yes
EMPTY=
HASH=a#b
SINGLE='as $IT \\n is # so'
DOUBLE="a\\nb \\"c\\" \\\\ \\x"
KEY="-----BEGIN
two
END-----"
AFTER=1
URL=https://x.example/?a=b&c=d`);
    expect(mistakes).toEqual([]);
    expect(values).toEqual({
      PLAIN: 'one two',
      EXPORTED: 'yes',
      EMPTY: '',
      HASH: 'a#b',
      SINGLE: 'as $IT \\n is # so',
      DOUBLE: 'a\nb "c" \\ \\x',
      KEY: '-----BEGIN\ntwo\nEND-----',
      AFTER: '1',
      URL: 'https://x.example/?a=b&c=d',
    });
  });

  it('names the lines it cannot read, and takes the others', () => {
    expect(parseDotenv('A=1\nnot an assignment\n1B=2\nC="open\nD=4')).toEqual({
      values: { A: '1', D: '4' },
      mistakes: [
        { line: 2, text: 'not an assignment' },
        { line: 3, text: '1B=2' },
        { line: 4, text: 'C="open' },
      ],
    });
  });

  it('gives back any value that was quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (value) => {
        const plain = value.replaceAll('\r', '');
        const quoted = plain.replace(/["\\]/g, '\\$&');
        expect(parseDotenv(`__proto__="x"\nA="${quoted}"`).values.A).toBe(plain);
      }),
    );
  });
});

it('takes what was pasted for a name apart where it is one assignment, and no name', () => {
  expect(readAssignment('export HUB_TOKEN="a b"\n')).toEqual({ name: 'HUB_TOKEN', value: 'a b' });
  expect(readAssignment('KEY=')).toEqual({ name: 'KEY', value: '' });
  for (const text of ['HUB_TOKEN', '', '1A=2', 'A=1\nB=2', 'A="open']) expect(readAssignment(text)).toBeNull();
});
