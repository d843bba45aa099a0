import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashToken, makeTokenText, readTokenText } from './token-text.ts';

describe('token texts', () => {
  it('say their kind, and are never the same', () => {
    const texts = Array.from({ length: 200 }, () => makeTokenText('deploy'));
    expect(new Set(texts).size).toBe(200);
    for (const text of texts) {
      expect(text).toMatch(/^sconce_deploy_[0-9A-Za-z]{49}$/);
      expect(readTokenText(text)).toEqual({ kind: 'deploy', hash: hashToken(text) });
    }
  });

  it('are told from anything that was cut, mistyped or made up, without a look at the database', () => {
    const text = makeTokenText('personal');
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0aZ_ \n'), (at, other) => {
        if (text[at] === other) return;
        expect(readTokenText(text.slice(0, at) + other + text.slice(at + 1))).toBeNull();
        expect(readTokenText(text.slice(0, at))).toBeNull();
      }),
    );
    fc.assert(fc.property(fc.string(), (any) => readTokenText(any) === null));
    expect(readTokenText(text.replace('personal', 'service'))).toBeNull();
    expect(readTokenText(`${text}\n`)).toBeNull();
  });
});
