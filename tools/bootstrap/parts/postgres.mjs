import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mustRun } from '../machine/command.mjs';
import { home, inHome, makeFolder, readJson, writeJson } from '../machine/home.mjs';
import { freePortFrom, isFree } from '../machine/ports.mjs';
import { keepsEnding, logTail, runningProcess, startProcess } from '../machine/processes.mjs';
import { isReachableByAll, unprivilegedUser } from '../machine/unprivileged.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';
import { ensurePostgresPrograms, postgresRecordPath } from './postgres-programs.mjs';

export const postgresProcess = 'postgres';

/** @returns {Promise<string>} the URL of the database to use */
export async function ensurePostgres() {
  let url = process.env.DATABASE_URL;
  await step('Postgres', async (progress) => {
    if (url) {
      await mustAnswer(url);
      return 'as given by DATABASE_URL';
    }
    const known = readJson(postgresRecordPath);
    if (known && runningProcess(postgresProcess)) {
      url = urlOf(known, 'sconce', known.password);
      return `127.0.0.1:${known.port}`;
    }
    const programs = await ensurePostgresPrograms(progress, known ? existingMajor(known.folder) : null);
    const user = await unprivilegedUser(known?.folder ?? null);
    const record = known ? await withFreePort(known) : await makeCluster(programs, user, progress);
    await start(programs, record, user);
    await waitUntilAnswering(record);
    if (!known) await makeDatabase(record);
    writeJson(postgresRecordPath, record);
    url = urlOf(record, 'sconce', record.password);
    return `127.0.0.1:${record.port}`;
  });
  return url;
}

/** Of the database that `up` uses. Throws a `Problem` where it does not run. */
export function runningDatabaseUrl() {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  const known = readJson(postgresRecordPath);
  if (known && runningProcess(postgresProcess)) return urlOf(known, 'sconce', known.password);
  throw new Problem('Sconce is not up: its database does not run.', 'npm run up starts it, and prints a link as well.');
}

const urlOf = (record, user, password) =>
  `postgresql://${user}:${password}@127.0.0.1:${record.port}/${user === 'sconce' ? 'sconce' : 'postgres'}`;

function existingMajor(folder) {
  const path = join(folder, 'PG_VERSION');
  if (existsSync(path)) return Number(readFileSync(path, 'utf8'));
  throw new Problem(`The database's folder ${folder} is gone, though ${postgresRecordPath} names it.`, [
    'Put it back from a backup, or start empty: npm run down -- --data, then npm run up',
  ]);
}

async function withFreePort(record) {
  return (await isFree(record.port)) ? record : { ...record, port: await freePortFrom(7532) };
}

/**
 * A cluster of our own: password for everyone, loopback only. Where this clone cannot be reached by the user that Postgres
 * runs as (a clone under /root), its data lies under /var/lib/sconce instead.
 */
async function makeCluster(programs, user, progress) {
  progress.doing('making a database: it keeps what the platform knows');
  const folder = dataFolder(user);
  // Without a record nothing ever lived here; what lies here is an attempt that was cut short.
  rmSync(folder, { recursive: true, force: true });
  makeFolder(folder, 0o700);
  const record = { folder, port: await freePortFrom(7532), password: secret(), superuserPassword: secret() };
  const scratch = mkdtempSync(join(tmpdir(), 'sconce-postgres-'));
  const passwordFile = join(scratch, 'password');
  writeFileSync(passwordFile, record.superuserPassword, { mode: 0o600 });
  if (user) for (const path of [folder, scratch, passwordFile]) chownSync(path, user.uid, user.gid);
  const auth = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '-U', 'postgres'];
  const args = ['-D', folder, ...auth, '-E', 'UTF8', '--locale=C', '--no-instructions'];
  try {
    await mustRun('Making the database', join(programs, 'initdb'), args, { cwd: '/', uid: user?.uid, gid: user?.gid });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return record;
}

const secret = () => randomBytes(24).toString('hex');

function dataFolder(user) {
  makeFolder(inHome('data'));
  if (user === null || isReachableByAll(inHome('data'))) return inHome('data', 'postgres');
  const ours = join('/var/lib/sconce', createHash('sha256').update(home).digest('hex').slice(0, 12));
  makeFolder(ours);
  for (const path of ['/var/lib/sconce', ours]) chmodSync(path, 0o755);
  writeFileSync(join(ours, 'belongs-to'), `${home}\n`);
  return join(ours, 'postgres');
}

async function start(programs, record, user) {
  // Small: one platform's control data. Durability stays as it is by default: an answered push is on disk.
  const settings = {
    listen_addresses: '127.0.0.1',
    port: record.port,
    unix_socket_directories: '',
    max_connections: 80,
    shared_buffers: '48MB',
    max_wal_size: '256MB',
    min_wal_size: '64MB',
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_worker_processes: 2,
    max_parallel_workers: 0,
    autovacuum_max_workers: 1,
    autovacuum_naptime: '2min',
    jit: 'off',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [...(user?.words ?? []), join(programs, 'postgres'), '-D', record.folder, ...options];
  // INT is Postgres' fast shutdown; TERM would wait for every client to leave.
  await startProcess(postgresProcess, { command, stopSignal: 'INT' });
}

async function waitUntilAnswering(record) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await query(urlOf(record, 'postgres', record.superuserPassword), 'SELECT 1').catch((error) => error);
    if (!(answer instanceof Error)) return;
    if (Date.now() > deadline || keepsEnding(postgresProcess)) {
      throw new Problem(
        `Postgres was started but does not answer: ${answer.message}.`,
        [`Its log: ${inHome('logs', 'postgres.log')}`],
        logTail(postgresProcess),
      );
    }
    await sleep(50);
  }
}

/** The platform owns its database and nothing more: it is no superuser. */
async function makeDatabase(record) {
  const url = urlOf(record, 'postgres', record.superuserPassword);
  await query(url, `CREATE ROLE sconce LOGIN PASSWORD '${record.password}'`);
  await query(url, 'CREATE DATABASE sconce OWNER sconce');
}

async function mustAnswer(url) {
  const rows = await query(url, 'SHOW server_version_num').catch((error) => {
    const reason = error.message || error.code;
    throw new Problem(`DATABASE_URL is given, but it cannot be used: ${reason}.`, [
      'Start that server or mend the URL, or unset DATABASE_URL to let Sconce run its own.',
    ]);
  });
  if (Number(rows[0].server_version_num) < 140_000)
    throw new Problem(
      'DATABASE_URL names a Postgres older than 14.',
      'Use a newer one, or unset DATABASE_URL to let Sconce run its own.',
    );
}

async function query(url, statement) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
