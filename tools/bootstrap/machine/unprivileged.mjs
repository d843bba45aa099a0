import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Problem } from '../terminal/problem.mjs';
import { findProgram, run } from './command.mjs';
import { isRoot } from './privilege.mjs';

/**
 * As whom a server runs that refuses to run as root (Postgres): this user, or for root the system's `postgres`, else `nobody`.
 * @returns {Promise<{ uid: number, gid: number, words: string[] } | null>} null: as this user. `words` go before a command.
 */
export async function unprivilegedUser() {
  if (!isRoot) return null;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [await run('id', ['-u', name]), await run('id', ['-g', name])].map(({ code, stdout }) =>
      code === 0 ? Number(stdout) : null,
    );
    if (uid === null || gid === null) continue;
    const setpriv = findProgram('setpriv');
    if (setpriv === null)
      throw new Problem(
        'setpriv is missing: Postgres refuses to run as root, and setpriv runs it as another user.',
        'Install util-linux, run this as another user, or set DATABASE_URL.',
      );
    return { uid, gid, words: [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] };
  }
  throw new Problem(
    'Postgres refuses to run as root, and there is no user `postgres` or `nobody` here.',
    'Run this as another user, or set DATABASE_URL.',
  );
}

/** Whether anybody may pass through all folders down to this one. */
export function isReachableByAll(path) {
  const othersMayEnter = 0o001;
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & othersMayEnter) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
