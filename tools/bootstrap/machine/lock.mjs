import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../terminal/problem.mjs';
import { inHome, makeFolder, readJson } from './home.mjs';
import { birthOf, isSame } from './processes.mjs';

/**
 * Lets one `up` or `down` at a time work on this installation; one that was killed leaves nothing that keeps the next away.
 * @template T
 * @param {() => Promise<T>} work
 * @param {{ name?: string, who?: string, waitMs?: number }} other work that has a lock of its own, and how long to wait for who has it
 */
export async function withLock(work, { name = 'lock', who = 'up or down', waitMs = 0 } = {}) {
  // The process that went on in the engine's group works under the lock of the one that started it.
  if (process.env.SCONCE_REGROUPED === '1') return work();
  makeFolder(inHome('run'), 0o700);
  const path = inHome('run', name);
  const deadline = Date.now() + waitMs;
  for (let holder = take(path, 1); holder !== null; holder = take(path, 1)) {
    if (Date.now() >= deadline) throw taken(who, holder);
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @returns {{ pid?: number } | null} who has it, null where it was taken */
function take(path, attempts) {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) }));
    closeSync(file);
    return null;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const holder = readJson(path);
    if (attempts === 0 || (holder !== null && isSame(holder))) return holder ?? {};
    rmSync(path, { force: true });
    return take(path, attempts - 1);
  }
}

const taken = (who, holder) =>
  new Problem(
    `Another ${who} is at work on this installation${holder.pid ? ` (process ${holder.pid})` : ''}.`,
    'Wait for it to end and run this again.',
  );
