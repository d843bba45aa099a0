import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { Problem } from '../terminal/problem.mjs';
import { inHome, makeFolder, readJson } from './home.mjs';
import { birthOf, isSame } from './processes.mjs';

/** Lets one `up` or `down` at a time work on this installation; one that was killed leaves nothing that keeps the next away. */
export async function withLock(work) {
  // The process that went on in the engine's group works under the lock of the one that started it.
  if (process.env.SCONCE_REGROUPED === '1') return work();
  makeFolder(inHome('run'), 0o700);
  const path = inHome('run', 'lock');
  take(path, 1);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path, attempts) {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) }));
    closeSync(file);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const holder = readJson(path);
    if (attempts === 0 || (holder !== null && isSame(holder))) {
      throw new Problem(
        `Another up or down is at work on this installation${holder ? ` (process ${holder.pid})` : ''}.`,
        'Wait for it to end and run this again.',
      );
    }
    rmSync(path, { force: true });
    take(path, attempts - 1);
  }
}
