import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readTar, TarInvalid } from './read-tar.ts';

const root = mkdtempSync(join(tmpdir(), 'sconce-tar-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const longName = `${'long/'.repeat(40)}${'x'.repeat(120)}.txt`;
mkdirSync(join(root, 'long/'.repeat(40)), { recursive: true });
writeFileSync(join(root, longName), 'at the end of a long way');
writeFileSync(join(root, 'plain.txt'), 'plain');
writeFileSync(join(root, 'empty.txt'), '');
writeFileSync(join(root, 'grüße.txt'), 'x'.repeat(2_000));
symlinkSync('plain.txt', join(root, 'link.txt'));

const archiveAs = (format: string) => execFileSync('tar', ['-C', root, `--format=${format}`, '-c', '.']);

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function filesOf(bytes: Buffer, chunk = 4_096, keep: (path: string) => number = () => 100) {
  const found: Record<string, string | null> = {};
  for await (const entry of readTar(inChunks(bytes, chunk), { keep }))
    if (entry.isFile) found[entry.path] = entry.content?.toString() ?? null;
  return found;
}

describe('readTar', () => {
  it.each(['gnu', 'pax'])('reads what tar writes as %s, in whatever pieces it comes', async (format) => {
    const archive = archiveAs(format);
    for (const chunk of [1, 511, 513, 65_536]) {
      expect(await filesOf(archive, chunk)).toEqual({
        [longName]: 'at the end of a long way',
        'plain.txt': 'plain',
        'empty.txt': null,
        'grüße.txt': 'x'.repeat(100),
      });
    }
  });

  it('passes over what is not kept', async () => {
    const kept = await filesOf(archiveAs('gnu'), 700, (path) => (path === 'plain.txt' ? 3 : 0));
    expect(kept).toMatchObject({ 'plain.txt': 'pla', 'grüße.txt': null });
  });

  it('refuses what is cut off, changed, or none', async () => {
    const archive = archiveAs('gnu');
    const broken = Buffer.from(archive);
    broken[0] = (broken[0] ?? 0) ^ 1;
    for (const bytes of [archive.subarray(0, 700), broken, Buffer.from('x'.repeat(600)), Buffer.from('short')])
      await expect(filesOf(bytes)).rejects.toBeInstanceOf(TarInvalid);
    expect(await filesOf(Buffer.alloc(0))).toEqual({});
  });

  it('refuses a name without an end instead of keeping it', async () => {
    const header = Buffer.alloc(512);
    header.write('././@LongLink', 0);
    header.write('77777777777', 124);
    header.write('L', 156);
    header.write('        ', 148);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    await expect(filesOf(header)).rejects.toThrow(/a name of 8589934591 bytes/);
  });

  it('reads or refuses any bytes, and never does anything else', async () => {
    const archive = archiveAs('pax');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(archive.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        async (at, bytes) => {
          const changed = Buffer.from(archive);
          changed.set(bytes.subarray(0, archive.length - at), at);
          await filesOf(changed).catch((error: unknown) => expect(error).toBeInstanceOf(TarInvalid));
        },
      ),
      { numRuns: 200 },
    );
  });
});
