import { type TemporaryPostgres, temporaryPostgres } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claimWakeups, type Database, nextWakeupMs, openDatabase, settleWakeup, wake } from './index.ts';

let postgres: TemporaryPostgres;
let db: Database;

beforeAll(async () => {
  postgres = await temporaryPostgres();
  db = openDatabase({ url: await postgres.database() });
});
afterAll(async () => {
  await db.close();
  await postgres.stop();
});

it('leases a due object to one claimer only, and gives it up when settled', async () => {
  await wake(db.tx, 'service', 'svc_1');
  const [first, second] = await Promise.all([
    claimWakeups(db.tx, 'a', ['service'], 10, 600_000),
    claimWakeups(db.tx, 'b', ['service'], 10, 600_000),
  ]);
  expect(first.length + second.length).toBe(1);
  const holder = first.length === 1 ? 'a' : 'b';
  const claimed = [...first, ...second][0];
  if (!claimed) throw new Error('nothing was claimed');
  await settleWakeup(db.tx, holder, claimed, null);
  expect(await nextWakeupMs(db.tx, ['service'])).toBeNull();
});

it('leaves an object due that was woken again while it was looked at', async () => {
  await wake(db.tx, 'service', 'svc_2');
  const [claimed] = await claimWakeups(db.tx, 'a', ['service'], 10, 600_000);
  if (!claimed) throw new Error('nothing was claimed');
  await wake(db.tx, 'service', 'svc_2');
  await settleWakeup(db.tx, 'a', claimed, 60_000);
  expect((await claimWakeups(db.tx, 'b', ['service'], 10, 600_000)).map((row) => row.objectId)).toEqual(['svc_2']);
});

it('gives a dead claimer’s object to another once the lease ended, and refuses the dead one’s settle', async () => {
  await wake(db.tx, 'routes', 'all');
  const [lost] = await claimWakeups(db.tx, 'dead', ['routes'], 1, 0);
  if (!lost) throw new Error('nothing was claimed');
  const [taken] = await claimWakeups(db.tx, 'alive', ['routes'], 1, 600_000);
  expect(taken?.objectId).toBe('all');
  await settleWakeup(db.tx, 'dead', lost, null);
  expect(await nextWakeupMs(db.tx, ['routes'])).toBeGreaterThan(1_000);
});
