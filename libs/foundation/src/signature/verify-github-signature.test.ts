import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyGithubSignature } from './verify-github-signature.ts';

const body = Buffer.from('{"ref":"refs/heads/main",  "forced":false}');
const sign = (secret: string, bytes: Uint8Array = body) =>
  `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;

describe('verifyGithubSignature', () => {
  it('takes what GitHub’s own documentation signs', () => {
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(verifyGithubSignature(Buffer.from('Hello, World!'), [signature], ["It's a Secret to Everybody"])).toBe(
      'valid',
    );
  });

  it('takes either of two secrets, in any order, and no third', () => {
    expect(verifyGithubSignature(body, [sign('new')], ['new', 'old'])).toBe('valid');
    expect(verifyGithubSignature(body, [sign('old')], ['new', 'old'])).toBe('valid');
    expect(verifyGithubSignature(body, [sign('other')], ['new', 'old'])).toBe('foreign');
    expect(verifyGithubSignature(body, [sign('')], [])).toBe('foreign');
  });

  it('is over the bytes: the same JSON written otherwise is another body', () => {
    const again = Buffer.from(JSON.stringify(JSON.parse(body.toString())));
    expect(verifyGithubSignature(again, [sign('s')], ['s'])).toBe('foreign');
    expect(verifyGithubSignature(Buffer.concat([body, Buffer.from('\n')]), [sign('s')], ['s'])).toBe('foreign');
  });

  it.each([
    ['missing', []],
    ['missing', ['']],
    ['doubled', [sign('s'), sign('s')]],
    ['doubled', [`${sign('s')}, ${sign('s')}`]],
    ['malformed', ['sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709']],
    ['malformed', [sign('s').slice(0, -1)]],
    ['malformed', [sign('s').toUpperCase()]],
    ['malformed', [` ${sign('s')}`]],
    ['malformed', ['sha256=']],
  ] as const)('says %s', (verdict, signatures) => {
    expect(verifyGithubSignature(body, signatures, ['s'])).toBe(verdict);
  });
});
