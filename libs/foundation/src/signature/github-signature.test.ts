import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeGithubSignature, verifyGithubSignature } from './github-signature.ts';

describe('verifyGithubSignature', () => {
  it("agrees with GitHub's own example", () => {
    const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(verifyGithubSignature(["It's a Secret to Everybody"], header, Buffer.from('Hello, World!'))).toBe(true);
  });

  it('takes either of two live secrets, and no third', () => {
    const body = Buffer.from('{}');
    for (const secret of ['old', 'new'])
      expect(verifyGithubSignature(['old', 'new'], makeGithubSignature(secret, body), body)).toBe(true);
    expect(verifyGithubSignature(['old', 'new'], makeGithubSignature('other', body), body)).toBe(false);
  });

  it('holds for the exact bytes only', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (body, at, flip) => {
          const header = makeGithubSignature('s', body);
          const changed = Uint8Array.from(body);
          changed[at % body.length] = (changed[at % body.length] ?? 0) ^ flip;
          expect([verifyGithubSignature(['s'], header, body), verifyGithubSignature(['s'], header, changed)]).toEqual([
            true,
            false,
          ]);
        },
      ),
    );
  });

  it('refuses every malformed header, and empty secrets', () => {
    const body = Buffer.from('x');
    const good = makeGithubSignature('s', body);
    const headers = [
      undefined,
      '',
      'sha256=',
      good.slice(7),
      good.toUpperCase(),
      `${good} `,
      `${good}0`,
      good.replace('256', '1'),
      [good],
      good.slice(0, -1),
      `${good},${good}`,
    ];
    for (const header of headers) expect(verifyGithubSignature(['s'], header, body)).toBe(false);
    expect(verifyGithubSignature([], good, body)).toBe(false);
    expect(verifyGithubSignature([''], makeGithubSignature('', body), body)).toBe(false);
  });
});
