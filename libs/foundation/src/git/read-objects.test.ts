import { execFileSync } from 'node:child_process';
import diagnosticsChannel from 'node:diagnostics_channel';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileTooLarge, type ObjectName, readObject } from './read-objects.ts';

const directory = mkdtempSync(join(tmpdir(), 'sconce-objects-'));
const repository = join(directory, '.git');
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
    cwd: directory,
    encoding: 'utf8',
  }).trim();
let head = '';
beforeAll(() => {
  git('init', '-q');
  writeFileSync(join(directory, 'small'), 'small\n');
  writeFileSync(join(directory, 'empty'), '');
  writeFileSync(join(directory, 'large'), 'x'.repeat(300_000));
  mkdirSync(join(directory, 'folder/in'), { recursive: true });
  writeFileSync(join(directory, 'folder/in/it'), 'deep\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'First');
  git('tag', '-a', 'v1', '-m', 'Version 1');
  head = git('rev-parse', 'HEAD');
  git('update-ref', 'refs/heads/main', head);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const blob = (path: string, maxBytes = 1_000) =>
  readObject(repository, { name: { sha: head, path }, type: 'blob', maxBytes, timeoutMs: 30_000 });
const commit = (name: ObjectName, signal?: AbortSignal) =>
  readObject(repository, { name, type: 'commit', maxBytes: 10_000, timeoutMs: 30_000, signal });

/** Processes started while `work` runs. */
async function startedBy(work: () => Promise<unknown>): Promise<number> {
  let started = 0;
  const count = () => {
    started += 1;
  };
  diagnosticsChannel.subscribe('child_process', count);
  await work().finally(() => diagnosticsChannel.unsubscribe('child_process', count));
  return started;
}

/** The same questions to the files that a push leaves, and to the pack that tidying makes of them. */
describe.each(['loose', 'packed'])('readObject, %s', (kind) => {
  beforeAll(() => {
    if (kind === 'packed') git('gc', '-q');
  });

  it('answers each question of one moment for itself', async () => {
    const [main, tag, small, empty, none, folder, inIt, under, tree] = await Promise.all([
      commit({ ref: 'refs/heads/main' }),
      commit({ ref: 'refs/tags/v1' }),
      blob('small'),
      blob('empty'),
      blob('none blob 5'),
      blob('folder'),
      blob('folder/in/it'),
      blob('small/x'),
      readObject(repository, { name: { sha: head }, type: 'blob', maxBytes: 1_000, timeoutMs: 30_000 }),
    ]);
    expect([main?.sha, tag?.sha]).toEqual([head, head]);
    expect(small?.content.toString()).toBe('small\n');
    expect(empty?.content.byteLength).toBe(0);
    expect(inIt?.content.toString()).toBe('deep\n');
    expect([none, folder, under, tree]).toEqual([null, null, null, null]);
  });

  it('starts no process for what lies there as files, and one for up to eight questions else', async () => {
    const started = await startedBy(async () => {
      const answers = await Promise.all(Array.from({ length: 11 }, () => blob('small')));
      expect(answers.map((found) => found?.content.toString())).toEqual(Array(11).fill('small\n'));
      expect((await commit({ ref: 'refs/heads/main' }))?.sha).toBe(head);
    });
    expect(started).toBe(kind === 'loose' ? 0 : 3);
  });

  it('refuses one that is too large without taking the others along', async () => {
    const [small, large, after] = await Promise.allSettled([blob('small'), blob('large', 299_999), blob('small')]);
    expect(large.status === 'rejected' && large.reason).toBeInstanceOf(FileTooLarge);
    expect([small.status, after.status]).toEqual(['fulfilled', 'fulfilled']);
    await expect(blob('large', 5)).rejects.toThrow(FileTooLarge);
    expect((await blob('large', 300_000))?.content.byteLength).toBe(300_000);
  });

  it('lets one be given up without the others', async () => {
    const mine = new AbortController();
    const asked = Promise.allSettled([commit({ sha: head }, mine.signal), commit({ sha: head })]);
    mine.abort(new Error('not any more'));
    const [given, kept] = await asked;
    expect(given).toMatchObject({ status: 'rejected', reason: { message: 'not any more' } });
    expect(kept.status === 'fulfilled' && kept.value?.sha).toBe(head);
  });

  it('fails all of them where there is no repository', async () => {
    const nowhere = join(directory, 'nowhere');
    const ask = () => readObject(nowhere, { name: { sha: head }, type: 'commit', maxBytes: 1_000, timeoutMs: 30_000 });
    const ends = await Promise.allSettled([ask(), ask()]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

it('asks git about a file that is damaged', async () => {
  writeFileSync(join(directory, 'other'), 'other\n');
  const sha = git('hash-object', '-w', 'other');
  const file = join(repository, 'objects', sha.slice(0, 2), sha.slice(2));
  rmSync(file);
  writeFileSync(file, deflateSync(Buffer.from('blob 6\0OTHER\n')));
  const question = { name: { sha }, type: 'blob', maxBytes: 1_000, timeoutMs: 30_000 } as const;
  expect(await startedBy(() => readObject(repository, question).catch(() => null))).toBe(1);
});
