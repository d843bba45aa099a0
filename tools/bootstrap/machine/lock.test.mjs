import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'sconce-lock-'));
vi.stubEnv('SCONCE_HOME', folder);
// Files share what they load, and the home is looked up once.
vi.resetModules();
const { withLock } = await import('./lock.mjs');
const { writeJson } = await import('./home.mjs');
const path = join(folder, 'run', 'lock');
afterAll(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
  rmSync(folder, { recursive: true, force: true });
});

it('lets one at a time work, names who has it, and is open again afterwards', async () => {
  await withLock(async () => {
    await expect(withLock(async () => 'never')).rejects.toThrow(`(process ${process.pid})`);
    expect(existsSync(path)).toBe(true);
  });
  await expect(withLock(() => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed');
  expect(await withLock(async () => 'done')).toBe('done');
  expect(existsSync(path)).toBe(false);
});

it('is taken over from one that was killed, also when another process has its id now', async () => {
  writeJson(path, { pid: process.pid, birth: 'another boot/1' });
  expect(await withLock(async () => 'done')).toBe('done');
});
