import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run } from '../machine/command.mjs';
import { inHome } from '../machine/home.mjs';
import { installThing } from '../machine/packages.mjs';
import { runAsRoot } from '../machine/privilege.mjs';
import { Problem } from '../terminal/problem.mjs';

const oldestMajor = 14;
const instead = 'set DATABASE_URL to a database that Sconce may own (postgresql://user:password@host/name).';

/**
 * The folder with Postgres' server programs, installed where it is missing. From the system's packages and not from npm:
 * a database that stays for years wants the distribution's security updates.
 * @param {number | null} major the major version that existing data needs, null for the newest there is
 * @returns {Promise<string>}
 */
export async function ensurePostgresPrograms(progress, major = null) {
  const found = await postgresPrograms(major);
  if (found) return found;
  if (major !== null) {
    throw new Problem(`The data here was written by Postgres ${major}, which is not installed any more.`, [
      `Install it again: sudo apt-get install postgresql-${major}`,
      'To move to a newer one, follow pg_upgrade: https://www.postgresql.org/docs/current/pgupgrade.html',
    ]);
  }
  progress.doing('installing postgresql with apt: it keeps what the platform knows');
  await withoutSystemCluster(() => installThing('postgres', instead));
  const installed = await postgresPrograms(null);
  if (!installed)
    throw new Problem(`Postgres was installed, but it is older than ${oldestMajor}.`, [
      `Install a newer one, or ${instead}`,
    ]);
  return installed;
}

/** The newest fitting one, or null. */
export async function postgresPrograms(major) {
  for (const folder of candidates()) {
    if (!existsSync(join(folder, 'initdb'))) continue;
    const { stdout } = await run(join(folder, 'postgres'), ['--version'], { timeoutMs: 5_000 });
    const version = majorVersion(stdout);
    if (version !== null && (major === null ? version >= oldestMajor : version === major)) return folder;
  }
  return null;
}

/** "postgres (PostgreSQL) 15.13 (Debian ...)" -> 15 */
export function majorVersion(text) {
  const match = /PostgreSQL\) (\d+)/.exec(text);
  return match ? Number(match[1]) : null;
}

function candidates() {
  const versioned = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'].flatMap((folder) => {
    if (!existsSync(folder)) return [];
    const names = readdirSync(folder).filter((name) => /^(postgresql@)?\d+$/.test(name));
    return names.map((name) => ({ major: Number(name.replace(/\D/g, '')), path: join(folder, name, 'bin') }));
  });
  const newestFirst = versioned.sort((a, b) => b.major - a.major).map(({ path }) => path);
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder && existsSync(join(folder, 'postgres')));
  // A link on the PATH may point to where the other programs are.
  return [...newestFirst, ...onPath, ...onPath.map((folder) => dirname(realpathSync(join(folder, 'postgres'))))];
}

/** Debian's package makes and starts a cluster on port 5432, which nobody asked for: tells it not to, while it installs. */
async function withoutSystemCluster(install) {
  const folder = '/etc/postgresql-common/createcluster.d';
  const path = join(folder, 'sconce-no-main-cluster.conf');
  await runAsRoot('mkdir', ['-p', folder]);
  await runAsRoot('tee', [path], { input: 'create_main_cluster = false\n' });
  try {
    await install();
  } finally {
    await runAsRoot('rm', ['-f', path]);
  }
}

export const postgresRecordPath = inHome('postgres.json');
