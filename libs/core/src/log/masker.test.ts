import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growth } from '../../../../tests/support/growth.ts';
import { compileMaskPatterns, createMasker, maskedText } from './masker.ts';

function maskInChunks(secrets: readonly string[], chunks: readonly string[]): string {
  const masker = createMasker(secrets);
  return chunks.map((chunk) => masker.write(chunk)).join('') + masker.flush();
}

function cutAt(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

const mask = (secrets: readonly string[], text: string) => compileMaskPatterns(secrets).mask(text);

describe('createMasker', () => {
  it.each([
    ['a secret alone', ['hunter22'], 'hunter22', '[secret]'],
    ['inside text', ['hunter22'], 'password=hunter22;', 'password=[secret];'],
    ['the longest of several', ['abcd', 'abcdef'], 'x abcdef y abcd z', 'x [secret] y [secret] z'],
    ['overlapping secrets whole', ['abcdef', 'defghi'], '-abcdefghi-', '-[secret]-'],
    ['one inside another', ['bcde', 'abcdef'], 'abcdef bcde abcdex', '[secret] [secret] a[secret]x'],
    ['touching ones as one', ['hunter22'], 'hunter22hunter22', '[secret]'],
    ['short ones not at all', ['abc', ''], 'abc', 'abc'],
    ['four characters', ['abcd'], 'xabcdx', 'x[secret]x'],
    ['other planes of Unicode', ['pässwörd😀'], 'is pässwörd😀!', 'is [secret]!'],
    ['over several lines', ['line one!\nline two!'], 'a line one!\nline two! b', 'a [secret] b'],
    ['a long line of it alone', ['line one!\nline two!'], 'log: line two!', 'log: [secret]'],
    ['with returns', ['line one!\nline two!'], 'line one!\r\nline two!', '[secret]'],
    ['escaped in JSON', ['quo"te\nsecond'], '{"a":"quo\\"te\\nsecond"}', '{"a":"[secret]"}'],
    ['percent-encoded', ['p@ss/word x'], 'u=p%40ss%2Fword%20x&v=p%40ss%2fword+x', 'u=[secret]&v=p%40ss%2fword+x'],
    ['a trailing newline left out', ['hunter22\n'], 'is hunter22 indeed', 'is [secret] indeed'],
  ])('masks %s', (_, secrets, text, expected) => {
    expect(mask(secrets, text)).toBe(expected);
  });

  it('masks the base 64 form, with and without padding, also for URLs', () => {
    const secret = 'pa??>>ss~~word';
    const encoded = Buffer.from(secret).toString('base64');
    expect(mask([secret], `x ${encoded} y`)).toBe('x [secret] y');
    expect(mask([secret], `x ${Buffer.from(secret).toString('base64url')} y`)).toBe('x [secret] y');
  });

  it.each(['', 'u', 'me', 'user', 'user:'])('masks the secret inside a longer base 64 text after %j', (before) => {
    const secret = 'correct horse battery';
    const encoded = Buffer.from(`${before}${secret}:and more`).toString('base64');
    const out = mask([secret], `Authorization: Basic ${encoded}`);
    expect(out).toContain(maskedText);
    const rest = out.replace('Authorization: Basic ', '').split(maskedText);
    // What is left on each side decodes to none of the secret but at most a character of its edge.
    expect(Buffer.from(rest[0] ?? '', 'base64').toString().length).toBeLessThanOrEqual(before.length + 1);
    expect(rest[1]?.length).toBeLessThanOrEqual(16);
  });

  it('holds back only what may become a secret', () => {
    const masker = createMasker(['hunter22']);
    expect(masker.write('the word hun')).toBe('the word ');
    expect(masker.write('gry')).toBe('hungry');
    expect(masker.write('hunter2')).toBe('');
    expect(masker.write('2')).toBe('[secret]');
    expect(masker.flush()).toBe('');
  });

  it('knows a secret that begins in one that was shown already', () => {
    const masker = createMasker(['abab']);
    expect([masker.write('abab'), masker.write('ab'), masker.write('c'), masker.flush()]).toEqual([
      '[secret]',
      '',
      'c',
      '',
    ]);
  });

  it('starts afresh after a flush', () => {
    const masker = createMasker(['hunter22']);
    expect(masker.write('hunter') + masker.flush()).toBe('hunter');
    expect(masker.write('22') + masker.flush()).toBe('22');
    expect(masker.write('hunter22') + masker.flush() + masker.write('hunter22') + masker.flush()).toBe(
      '[secret][secret]',
    );
  });

  const letters = fc.constantFrom('a', 'b', 'c', '\n', '%', '😀');
  const secretText = fc.string({ unit: letters, minLength: 1, maxLength: 9 });
  const text = fc.array(fc.oneof(letters, secretText), { maxLength: 40 }).map((parts) => parts.join(''));

  it('gives the same whatever the chunks are', () => {
    fc.assert(
      fc.property(
        fc.array(secretText, { maxLength: 6 }),
        text,
        fc.array(fc.nat(), { maxLength: 12 }),
        (secrets, whole, cuts) => {
          expect(maskInChunks(secrets, cutAt(whole, cuts))).toBe(mask(secrets, whole));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('lets no secret through, and nothing else disappear', () => {
    fc.assert(
      fc.property(fc.array(secretText, { maxLength: 6 }), text, (secrets, whole) => {
        const out = mask(secrets, whole);
        for (const secret of secrets) if (secret.length >= 4) expect(out).not.toContain(secret);
        if (!out.includes(maskedText)) expect(out).toBe(whole);
        let at = 0;
        for (const kept of out.split(maskedText)) {
          const found = whole.indexOf(kept, at);
          expect(found).toBeGreaterThanOrEqual(at);
          at = found + kept.length;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with the plain way: each place that some secret covers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 4, maxLength: 7 }), { maxLength: 4 }),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 60 }),
        (secrets, whole) => {
          const covered = new Array<boolean>(whole.length).fill(false);
          for (const secret of secrets) {
            for (let at = whole.indexOf(secret); at >= 0; at = whole.indexOf(secret, at + 1))
              covered.fill(true, at, at + secret.length);
          }
          const plain = [...whole].map((letter, index) => (covered[index] ? '#' : letter)).join('');
          expect(mask(secrets, whole)).toBe(plain.replace(/#+/g, maskedText));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('takes time by the text, not by the number or likeness of secrets', () => {
    const of = (count: number) => {
      const secrets = Array.from({ length: count }, (_, index) => `secret-number-${index}-${'z'.repeat(40)}`);
      return compileMaskPatterns([...secrets, 'a'.repeat(20_000)]);
    };
    const [few, many] = [of(20), of(2_000)];
    const harmless = 'nothing secret here\n'.repeat(5_000);
    expect(many.mask('a'.repeat(19_999).repeat(20))).toBe(maskedText);
    expect(many.mask(harmless)).not.toContain(maskedText);
    expect(growth((times) => many.mask('a'.repeat(19_999).repeat(times)), 1, 16)).toBeLessThan(1.6);
    expect(growth((count) => (count === 20 ? few : many).mask(harmless), 20, 2_000)).toBeLessThan(0.6);
  });
});
