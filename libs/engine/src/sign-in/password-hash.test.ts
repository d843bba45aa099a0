import { argon2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HashingBusy, hashPassword, isOutdatedHash, isPassword } from './password-hash.ts';

// Hashing is made to take its time, and more on a busy machine.
describe('a stored password', () => {
  it('is known again, whichever keyboard wrote its accents, and no other is', async () => {
    const stored = await hashPassword('Café at the harbour');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await isPassword('Cafe\u0301 at the harbour', stored)).toBe(true);
    expect(await isPassword('Cafe at the harbour', stored)).toBe(false);
    expect(await isPassword('', stored)).toBe(false);
    expect(await hashPassword('Café at the harbour')).not.toBe(stored);
  });

  it('of another cost is read by its own, and told apart', async () => {
    const nonce = Buffer.alloc(16, 7);
    const cheap = { message: 'kettle orbit plum', nonce, memory: 64, passes: 2, parallelism: 2, tagLength: 32 };
    const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
    const stored = `$argon2id$v=19$m=64,t=2,p=2$${text(nonce)}$${text(argon2Sync('argon2id', cheap))}`;
    expect(await isPassword('kettle orbit plum', stored)).toBe(true);
    expect([isOutdatedHash(stored), isOutdatedHash(await hashPassword('x'))]).toEqual([true, false]);
  });

  it('that is none fits nothing, and is no hash of ours when it was cut', async () => {
    expect(await isPassword('anything at all', null)).toBe(false);
    await expect(isPassword('x', '$argon2id$v=19$m=65536')).rejects.toThrow('not an argon2id hash');
  });

  it('is not computed for more people at once than there is room for; those who waited get theirs', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => isPassword('x', cheapHash)));
    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused.length).toBe(60 - 42);
    expect(refused.every((one) => one.reason instanceof HashingBusy)).toBe(true);
    expect(await isPassword('x', cheapHash)).toBe(false);
  });
});

const cheapHash = '$argon2id$v=19$m=64,t=2,p=2$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
