import type { Database } from '@sconce/db';
import { silentLog, systemClock } from '@sconce/foundation';
import { openPatientDatabase, type TemporaryPostgres, temporaryPostgres } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootstrapAdmin, makeAdminLink } from './bootstrap-admin.ts';
import { redeemSetupCode } from './sessions.ts';

let postgres: TemporaryPostgres;
let db: Database;
const deps = () => ({ db, clock: systemClock, log: silentLog });

beforeAll(async () => {
  postgres = await temporaryPostgres();
  db = openPatientDatabase({ url: await postgres.database(), maxConnections: 4 });
});
afterAll(async () => {
  await db.close();
  await postgres.stop();
});

it('lets the first administrator in again by another link, without another person or token', async () => {
  expect(await makeAdminLink(deps())).toBeNull();
  await bootstrapAdmin(deps(), { email: 'admin@localhost', name: 'Administrator' });
  const counts = async () => {
    const { rows } = await db.pool.query(
      "SELECT (SELECT count(*)::int FROM app_user) AS people, (SELECT count(*)::int FROM token WHERE kind = 'personal') AS tokens",
    );
    return rows[0];
  };
  const before = await counts();
  const code = await makeAdminLink(deps());
  expect(await counts()).toEqual(before);
  const session = await redeemSetupCode(deps(), code ?? '');
  expect(session).not.toBeNull();
  expect(await redeemSetupCode(deps(), code ?? '')).toBeNull();
});
