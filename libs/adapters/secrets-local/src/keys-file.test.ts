import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeKeyRing, encodeKeyRing, KeysUnusable, newKeyRing } from './key-ring.ts';
import { createKeysFile, createSealingKeysFile, KeysFileExists, loadKeys, rotateKeysFile } from './keys-file.ts';
import { openerFor, sealerFor } from './sealer.ts';

let directory: string;
let path: string;
const place = { owner: 'grp_1', name: 'A', version: 1 };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sconce-keys-'));
  path = join(directory, 'keys', 'keys.json');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('createKeysFile', () => {
  it('writes keys that only the owner may read, and leaves nothing beside them', async () => {
    await createKeysFile(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(directory, 'keys'))).toEqual(['keys.json']);
    const ring = await loadKeys({ file: path });
    const sealed = await sealerFor(ring, 'secret').seal(place, Buffer.from('x'));
    expect(Buffer.from(await openerFor(ring, 'secret').open(place, sealed)).toString()).toBe('x');
  });

  it('refuses to overwrite, also when several start at once', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => createKeysFile(path)));
    expect(attempts.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1);
    const kept = await readFile(path, 'utf8');
    await expect(createKeysFile(path)).rejects.toThrow(KeysFileExists);
    expect(await readFile(path, 'utf8')).toBe(kept);
  });
});

describe('rotateKeysFile', () => {
  it('seals with a new key afterwards and keeps the old one for reading', async () => {
    await createKeysFile(path);
    const before = await loadKeys({ file: path });
    const sealed = await sealerFor(before, 'secret').seal(place, Buffer.from('x'));
    const added = await rotateKeysFile(path, 'secret');
    const after = await loadKeys({ file: path });
    expect((await sealerFor(after, 'secret').seal(place, Buffer.from('y'))).keyId).toBe(added);
    expect(Buffer.from(await openerFor(after, 'secret').open(place, sealed)).toString()).toBe('x');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe('createSealingKeysFile', () => {
  it('leaves out the private half of secrets', async () => {
    await createKeysFile(path);
    const sealing = join(directory, 'api-keys.json');
    await createSealingKeysFile(path, sealing);
    const ring = await loadKeys({ file: sealing });
    expect(() => openerFor(ring, 'secret')).toThrow(KeysUnusable);
    expect(() => openerFor(ring, 'variable')).not.toThrow();
    await expect(createSealingKeysFile(path, sealing)).rejects.toThrow(KeysFileExists);
  });
});

describe('loadKeys', () => {
  it('refuses a file that others can read, and says what to do', async () => {
    await createKeysFile(path);
    await chmod(path, 0o640);
    await expect(loadKeys({ file: path })).rejects.toThrow(`chmod 600 ${path}`);
  });

  it('takes the content from the environment, plain or in base64', async () => {
    const text = encodeKeyRing(newKeyRing(new Date()));
    const plain = await loadKeys({ text });
    const coded = await loadKeys({ text: Buffer.from(text).toString('base64') });
    expect(encodeKeyRing(coded)).toBe(encodeKeyRing(plain));
  });

  it('names what is missing', async () => {
    await expect(loadKeys({})).rejects.toThrow('SCONCE_KEYS_FILE');
    await expect(loadKeys({ file: 'a', text: 'b' })).rejects.toThrow('not both');
    await expect(loadKeys({ file: join(directory, 'absent') })).rejects.toThrow(KeysUnusable);
  });

  it('never shows what a broken file holds', async () => {
    await createKeysFile(path);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"format"', '"format'));
    const failure = await loadKeys({ file: path }).catch((error: unknown) => error);
    const material = /"privateKey": "([\w-]+)"/.exec(text)?.[1] ?? 'no key found';
    expect(failure).toBeInstanceOf(KeysUnusable);
    expect(`${failure}`).not.toContain(material.slice(0, 8));
  });
});

describe('decodeKeyRing', () => {
  const text = encodeKeyRing(newKeyRing(new Date()));

  it('answers KeysUnusable for whatever JSON it is given', () =>
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(() => decodeKeyRing(json, 'test')).toThrow(KeysUnusable);
      }),
    ));

  it('makes the public half from the private one where it is left out', () => {
    const stored = JSON.parse(text) as Record<'secret' | 'variable', { publicKey?: string }[]>;
    for (const pair of [...stored.secret, ...stored.variable]) delete pair.publicKey;
    expect(encodeKeyRing(decodeKeyRing(JSON.stringify(stored), 'test'))).toBe(text);
  });

  it('refuses halves that do not belong together', () => {
    const stored = JSON.parse(text) as { secret: { publicKey: string }[]; variable: { publicKey: string }[] };
    const mixed = { ...stored, secret: [{ ...stored.secret[0], publicKey: stored.variable[0]?.publicKey }] };
    expect(() => decodeKeyRing(JSON.stringify(mixed), 'test')).toThrow(KeysUnusable);
  });

  it('refuses one id twice', () => {
    const stored = JSON.parse(text) as { secret: object[] };
    expect(() =>
      decodeKeyRing(JSON.stringify({ ...stored, secret: [stored.secret[0], stored.secret[0]] }), 'test'),
    ).toThrow('twice');
  });
});
