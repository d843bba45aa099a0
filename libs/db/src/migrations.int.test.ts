import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TemporaryPostgres, temporaryPostgres } from '@sconce/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { insertAuditEvent, listAuditEvents } from './audit/audit-store.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migrate.ts';

const migrations = fileURLToPath(new URL('../../../prisma/migrations/', import.meta.url));

let postgres: TemporaryPostgres;
let databases = 0;
beforeAll(async () => {
  postgres = await temporaryPostgres();
});
afterAll(() => postgres.stop());

/** A database as it was before a migration; `rows` are those it had then. Answers its address once everything is applied. */
async function migratedOver(name: string, rows: string): Promise<string> {
  databases += 1;
  const database = `before_${databases}`;
  await run(postgres.url, `CREATE DATABASE ${database}`);
  const url = postgres.url.replace(/\/[^/]*$/, `/${database}`);
  const directory = mkdtempSync(join(tmpdir(), 'sconce-migrations-'));
  try {
    const all = readdirSync(migrations);
    expect(all).toContain(name);
    for (const one of all.filter((other) => other < name))
      cpSync(join(migrations, one), join(directory, one), { recursive: true });
    await migrate(url, directory);
    await run(url, rows);
    expect(await migrate(url)).toContain(name);
    return url;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function run(url: string, statements: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statements)).rows;
  } finally {
    await client.end();
  }
}

it('knows of people from before since when they come: the first token that only they can have made, else since they are here', async () => {
  const url = await migratedOver(
    '20261127020000_first_signed_in',
    `INSERT INTO app_user (id, email, name, created_at) SELECT id, id, id, '2026-01-01T00:00:00Z'
       FROM unnest(ARRAY['invited', 'browser', 'terminal', 'revoked', 'password', 'passkey', 'ended', 'others']) AS id;
     INSERT INTO token (id, kind, user_id, name, hash, scopes, created_at, revoked_at) VALUES
       ('t1', 'setup', 'invited', '', '1', '{}', '2026-01-02T00:00:00Z', NULL),
       ('t2', 'setup', 'browser', '', '2', '{}', '2026-01-02T00:00:00Z', NULL),
       ('t3', 'personal', 'browser', '', '3', '{}', '2026-01-05T00:00:00Z', NULL),
       ('t4', 'session', 'browser', '', '4', '{}', '2026-01-04T00:00:00Z', NULL),
       ('t5', 'personal', 'terminal', '', '5', '{}', '2026-01-06T00:00:00Z', NULL),
       ('t6', 'session', 'revoked', '', '6', '{}', '2026-01-07T00:00:00Z', '2026-01-08T00:00:00Z'),
       ('t7', 'session', 'password', '', '7', '{}', '2026-01-09T00:00:00Z', NULL),
       ('t8', 'service', NULL, '', '8', '{}', '2026-01-03T00:00:00Z', NULL);
     INSERT INTO password (user_id, hash, changed_at) VALUES ('password', 'x', now());
     INSERT INTO passkey (id, user_id, name, credential_id, public_key, counter, synced)
       VALUES ('k1', 'passkey', 'k', '1', '1', 0, false);
     INSERT INTO event (id, type, subject_id, actor) VALUES
       ('e1', 'session.began', 'gone', 'ended'), ('e2', 'user.created', 'invited', 'others'), ('e3', 'session.ended', 'x', 'others');`,
  );
  const people = await run(url, 'SELECT id, first_signed_in_at AS at FROM app_user');
  const days = people.map(({ id, at }) => [id, at === null ? null : (at as Date).toISOString().slice(0, 10)]);
  expect(Object.fromEntries(days)).toEqual({
    invited: null,
    others: null,
    browser: '2026-01-04',
    terminal: '2026-01-06',
    revoked: '2026-01-07',
    password: '2026-01-09',
    passkey: '2026-01-01',
    ended: '2026-01-01',
  });
});

it('lists rows of the audit log from before there were streams of them, which cannot be resumed from', async () => {
  const url = await migratedOver(
    '20261127020000_audit_stream',
    `INSERT INTO audit_event (id, action, status, request_id) VALUES ('evt_old', 'createProject', 201, 'r')`,
  );
  const db = openDatabase({ url, maxConnections: 2 });
  try {
    const none = { tokenId: null, userId: null, projectId: null, target: null, code: null, address: null };
    await insertAuditEvent(db.tx, { ...none, action: 'updateProject', status: 200, requestId: 'r', data: {} });
    const rows = await listAuditEvents(db.tx, {}, { limit: 10, after: null, order: 'newest' });
    expect(rows.map(({ action, cursor }) => [action, cursor])).toEqual([
      ['updateProject', expect.stringMatching(/^\d+\.\d+$/)],
      ['createProject', null],
    ]);
  } finally {
    await db.close();
  }
});
