import { execFileSync } from 'node:child_process';
import { migrate } from '@sconce/db';
import pg from 'pg';
import { freePort } from './free-port.ts';
import {
  type LocalProcess,
  postgresPrograms,
  startProcess,
  temporaryDirectory,
  unprivilegedIds,
} from './local-process.ts';
import { waitUntil } from './wait-until.ts';

export interface TemporaryPostgres {
  /** Of a maintenance database; tests take their own from `database()`. */
  readonly url: string;
  /** A new database with all migrations applied, cloned from a template. */
  database(): Promise<string>;
  /** Kills the server at once (immediate shutdown) and starts it again on the same data and port. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A Postgres of its own for one test file, durable settings on, so that crashes are real. */
export async function temporaryPostgres(): Promise<TemporaryPostgres> {
  const ids = unprivilegedIds();
  const directory = temporaryDirectory('postgres', ids);
  const programs = postgresPrograms();
  const port = await freePort();
  const data = `${directory.path}/data`;
  execFileSync(
    `${programs}/initdb`,
    ['-D', data, '-A', 'trust', '-U', 'postgres', '-N', '--locale=C.UTF-8', '-E', 'UTF8'],
    { stdio: 'ignore', cwd: directory.path, ...(ids ?? {}) },
  );
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  let server = await startServer(programs, data, directory.path, port, ids, url);
  let databases = 0;
  let template: Promise<void> | null = null;
  const makeTemplate = async () => {
    await administer(url, 'CREATE DATABASE sconce_template');
    await migrate(databaseUrl(url, 'sconce_template'));
  };
  const again = async (signal: NodeJS.Signals) => {
    await server.stop(signal);
    server = await startServer(programs, data, directory.path, port, ids, url);
  };
  return {
    url,
    database: async () => {
      template ??= makeTemplate();
      await template;
      databases += 1;
      const name = `sconce_${databases}`;
      await administer(url, `CREATE DATABASE ${name} TEMPLATE sconce_template`);
      return databaseUrl(url, name);
    },
    crash: () => again('SIGQUIT'),
    restart: () => again('SIGINT'),
    stop: async () => {
      await server.stop('SIGQUIT');
      directory.remove();
    },
  };
}

async function startServer(
  programs: string,
  data: string,
  sockets: string,
  port: number,
  ids: { uid: number; gid: number } | null,
  url: string,
): Promise<LocalProcess> {
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${sockets}`,
    'max_connections=200',
    'shared_buffers=32MB',
  ];
  const server = startProcess(
    `${programs}/postgres`,
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { cwd: sockets, ids },
  );
  await waitUntil('Postgres to answer', () => administer(url, 'SELECT 1').then(() => true), 120_000);
  return server;
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function databaseUrl(url: string, name: string): string {
  return url.replace(/\/[^/]*$/, `/${name}`);
}
