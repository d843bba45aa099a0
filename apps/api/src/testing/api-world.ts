import { mkdirSync, writeFileSync } from 'node:fs';
import type { Database } from '@sconce/db';
import { bootstrapAdmin } from '@sconce/engine';
import { silentLog, systemClock } from '@sconce/foundation';
import { createKeysFile } from '@sconce/secrets-local';
import {
  freePort,
  openPatientDatabase,
  type TemporaryPostgres,
  temporaryDirectory,
  temporaryPostgres,
} from '@sconce/testkit';
import type { ApiConfig } from '../config.ts';
import { type RunningApi, start } from '../start.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape, right and wrong ones.
  readonly body: any;
}

export interface Ask {
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly raw?: string | Uint8Array<ArrayBuffer>;
}

/** A whole API process's worth, on a Postgres of its own. No Redis: nothing here may need it. */
export interface ApiWorld {
  readonly url: string;
  readonly config: ApiConfig;
  readonly postgres: TemporaryPostgres;
  readonly db: Database;
  /** An administrator's token. */
  readonly token: string;
  readonly setupCode: string;
  /** `await ask('POST /v1/projects', { body })`; the administrator's token unless another is given. */
  ask(line: string, options?: Ask): Promise<Answer>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const webhookSecret = 'a webhook secret of tests';
export const previousSecret = 'the webhook secret before it';

/** As small as a dashboard can be: its page, and one file with its compressed form. */
function makeSite(directory: string): string {
  mkdirSync(`${directory}/assets`, { recursive: true });
  writeFileSync(
    `${directory}/index.html`,
    '<!doctype html><title>Sconce</title><link rel="icon" href="/assets/icon.svg">',
  );
  writeFileSync(`${directory}/signed-in-head.html`, '<link rel="preload" as="fetch" href="/v1/me" crossorigin>');
  writeFileSync(`${directory}/assets/index-AbCd1234.js`, 'void 0;');
  writeFileSync(`${directory}/assets/index-AbCd1234.js.br`, 'compressed');
  writeFileSync(`${directory}/secret.txt`, 'not for anybody');
  return directory;
}

/** One example of two files. */
function makeExamples(directory: string): string {
  mkdirSync(`${directory}/hello`, { recursive: true });
  writeFileSync(`${directory}/hello/README.md`, '# Hello\n\nSays **hello**, and [more](https://example.com).\n');
  writeFileSync(`${directory}/hello/Dockerfile`, 'FROM scratch\nEXPOSE 8000\n');
  return directory;
}

export async function startApiWorld(changes: Partial<ApiConfig> = {}): Promise<ApiWorld> {
  const postgres = await temporaryPostgres();
  const databaseUrl = await postgres.database();
  const directory = temporaryDirectory('api');
  const keysFile = `${directory.path}/keys.json`;
  await createKeysFile(keysFile);
  const port = await freePort();
  const config: ApiConfig = {
    databaseUrl,
    installation: 'tests',
    host: '127.0.0.1',
    port,
    gitDirectory: `${directory.path}/git`,
    keys: { file: keysFile, text: null },
    publicUrl: `http://127.0.0.1:${port}`,
    dashboardUrl: `http://localhost:${port}`,
    trustedProxies: [],
    gatewayUrl: 'http://127.0.0.1:7480',
    schedulerUrl: 'http://127.0.0.1:7401',
    githubSecrets: [webhookSecret, previousSecret],
    rateLimits: { caller: 1_000_000, stranger: 1_000_000 },
    dashboardDirectory: makeSite(`${directory.path}/site`),
    examplesDirectory: makeExamples(`${directory.path}/examples`),
    callLimits: { bytes: 1024 * 1024, firstByteMs: 120_000, totalMs: 240_000 },
    streamCheckMs: 1_000,
    logLevel: 'error',
    ...changes,
  };
  const db = openPatientDatabase({ url: databaseUrl, maxConnections: 4 });
  const own = openPatientDatabase({ url: databaseUrl, maxConnections: 24 });
  const admin = await bootstrapAdmin(
    { db, clock: systemClock, log: silentLog },
    { email: 'admin@localhost', name: 'Admin' },
  );
  let api: RunningApi = await start(config, { db: own });
  return {
    url: api.url,
    config,
    postgres,
    db,
    token: admin.token,
    setupCode: admin.setupCode,
    ask: (line, options = {}) => ask(api.url, admin.token, line, options),
    restart: async () => {
      await api.stop();
      api = await start(config, { db: own });
    },
    stop: async () => {
      await api.stop();
      await Promise.all([db.close(), own.close()]);
      await postgres.stop();
      directory.remove();
    },
  };
}

async function ask(url: string, adminToken: string, line: string, options: Ask): Promise<Answer> {
  const [method = 'GET', path = '/'] = line.split(' ');
  const token = options.token === undefined ? adminToken : options.token;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    redirect: 'manual',
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.raw === undefined ? {} : { body: options.raw }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
}
