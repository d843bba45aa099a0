import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'sconce-processes-'));
let processes;
let home;

beforeAll(async () => {
  // Both read SCONCE_HOME when they are loaded.
  const before = process.env.SCONCE_HOME;
  process.env.SCONCE_HOME = folder;
  // Files of tests share what they load.
  vi.resetModules();
  processes = await import('./processes.mjs');
  home = await import('./home.mjs');
  if (before === undefined) delete process.env.SCONCE_HOME;
  else process.env.SCONCE_HOME = before;
  vi.resetModules();
});
afterAll(async () => {
  // Also after a test that failed: nothing of it is left running.
  for (const name of processes.recordedProcesses()) await processes.stopProcess(name, 1_000);
  rmSync(folder, { recursive: true, force: true });
});

async function until(condition) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within a minute: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const log = (name) => readFileSync(processes.logPath(name), 'utf8');

describe('fieldsOfStat', () => {
  it('reads past a command name with blanks and brackets', () => {
    const rest = Array.from({ length: 30 }, (_, index) => index + 4).join(' ');
    expect(processes.fieldsOfStat(`12 (a) b) (c) S ${rest}`)).toEqual({
      command: 'a) b) (c',
      state: 'S',
      parent: 4,
      group: 5,
      cpuTicks: 14 + 15 + 16 + 17,
      startTicks: '22',
    });
  });
});

describe('a recorded process', () => {
  it('is not the one that has its pid later', () => {
    const record = { pid: 4711, birth: 'boot/100', fingerprint: '', asRoot: false };
    expect(processes.isSame(record, () => 'boot/100')).toBe(true);
    expect(processes.isSame(record, () => 'boot/200')).toBe(false);
    expect(processes.isSame(record, () => null)).toBe(false);
    expect(processes.isSame({ ...record, birth: null }, () => null)).toBe(false);
  });

  it('is left alone when its pid belongs to somebody else now', async () => {
    home.writeJson(join(folder, 'run', 'stale.json'), {
      pid: process.pid,
      birth: 'another boot/1',
      fingerprint: '',
      asRoot: false,
    });
    expect(processes.runningProcess('stale')).toBeNull();
    expect(await processes.stopProcess('stale', 100)).toBe('absent');
  });
});

describe('what a killed supervisor left behind', () => {
  it('is ended before the process is started again, and when it is stopped', async () => {
    const command = ['/bin/sh', '-c', 'echo "began $$"; while :; do sleep 0.05; done'];
    const newest = () =>
      Number(
        log('orphan')
          .match(/^began (\d+)$/gm)
          ?.at(-1)
          ?.split(' ')[1],
      );
    await processes.startProcess('orphan', { command });
    const first = await until(newest);
    process.kill(processes.runningProcess('orphan').pid, 'SIGKILL');
    await until(() => processes.runningProcess('orphan') === null);
    expect(processes.birthOf(first)).not.toBeNull();
    await processes.startProcess('orphan', { command });
    expect(processes.birthOf(first)).toBeNull();
    const second = await until(() => newest() !== first && newest());
    process.kill(processes.runningProcess('orphan').pid, 'SIGKILL');
    await until(() => processes.runningProcess('orphan') === null);
    expect(await processes.stopProcess('orphan', 60_000)).toBe('stopped');
    expect(processes.birthOf(second)).toBeNull();
  });
});

describe('a supervised process', () => {
  it('comes back when it ends by itself, and ends for good when it is stopped', async () => {
    await processes.startProcess('worker', {
      command: ['/bin/sh', '-c', 'echo "began $$"; trap "echo ended; exit 0" TERM; while :; do sleep 0.05; done'],
      fingerprint: 'a',
    });
    const first = await until(() => /began (\d+)/.exec(log('worker'))?.[1]);
    expect(processes.runningProcess('worker')).toMatchObject({ fingerprint: 'a' });
    process.kill(Number(first), 'SIGKILL');
    await until(() => log('worker').match(/^began \d+/gm)?.length === 2);
    expect(log('worker')).toContain('supervise: ended with code 137');
    expect(await processes.stopProcess('worker', 60_000)).toBe('stopped');
    expect(log('worker')).toMatch(/ended\n$/);
    expect(processes.runningProcess('worker')).toBeNull();
  });

  it('is killed when it does not end in time', async () => {
    await processes.startProcess('stubborn', {
      command: ['/bin/sh', '-c', 'trap "" TERM; echo "began $$"; while :; do sleep 0.05; done'],
    });
    const pid = Number(await until(() => /began (\d+)/.exec(log('stubborn'))?.[1]));
    expect(await processes.stopProcess('stubborn', 300)).toBe('killed');
    await until(() => processes.birthOf(pid) === null);
  });
});
