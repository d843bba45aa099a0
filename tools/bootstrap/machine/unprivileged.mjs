import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Problem } from '../terminal/problem.mjs';
import { findProgram, run } from './command.mjs';
import { isRoot } from './privilege.mjs';

/**
 * As whom a server runs that refuses to run as root (Postgres): this user, or for root the system's `postgres`, else `nobody`.
 * Whoever owns the data already stays its owner: installing Postgres makes a user `postgres` that was not there before.
 * @param {string | null} dataFolder null where there is none yet
 * @returns {Promise<{ uid: number, gid: number, words: string[] } | null>} null: as this user. `words` go before a command.
 */
export async function unprivilegedUser(dataFolder) {
  if (!isRoot) return null;
  const ids = dataFolder === null ? await firstKnownUser(['postgres', 'nobody']) : statSync(dataFolder);
  if (ids === null) {
    throw new Problem(
      'Postgres refuses to run as root, and there is no user `postgres` or `nobody` here.',
      'Run this as another user, or set DATABASE_URL.',
    );
  }
  const setpriv = findProgram('setpriv');
  if (setpriv === null) {
    throw new Problem(
      'setpriv is missing: Postgres refuses to run as root, and setpriv runs it as another user.',
      'Install util-linux, run this as another user, or set DATABASE_URL.',
    );
  }
  const { uid, gid } = ids;
  return { uid, gid, words: [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] };
}

async function firstKnownUser(names) {
  for (const name of names) {
    const [uid, gid] = [await run('id', ['-u', name]), await run('id', ['-g', name])];
    if (uid.code === 0 && gid.code === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  return null;
}

/** Whether anybody may pass through all folders down to this one. */
export function isReachableByAll(path) {
  const othersMayEnter = 0o001;
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & othersMayEnter) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
