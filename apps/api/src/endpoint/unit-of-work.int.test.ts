import { type Database, openDatabase } from '@sconce/db';
import { type TemporaryPostgres, temporaryPostgres } from '@sconce/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isDatabaseAway, isDeadlock } from './api-error.ts';
import { beginUnitOfWork } from './unit-of-work.ts';

let postgres: TemporaryPostgres;
let db: Database;
beforeAll(async () => {
  postgres = await temporaryPostgres();
  db = openDatabase({ url: await postgres.database(), maxConnections: 4 });
});
afterAll(async () => {
  await db.close();
  await postgres.stop();
});
beforeEach(() => db.pool.query('DELETE FROM project'));

const slugs = async () =>
  (await db.pool.query('SELECT slug FROM project ORDER BY slug')).rows.map((row: { slug: string }) => row.slug);
const insert = (to: Pick<Database, 'tx'>, slug: string) =>
  to.tx.project.create({ data: { id: slug, slug, name: slug } });

describe('a unit of work', () => {
  it.each([true, false])('is one transaction of all that its verbs do (eager: %s)', async (eager) => {
    const unit = await beginUnitOfWork(db, eager);
    await unit.db.transaction((tx) => insert({ tx }, 'a'));
    await unit.db.transaction((tx) => insert({ tx }, 'b'));
    expect(await unit.db.tx.project.count()).toBe(2);
    expect(await slugs()).toEqual([]);
    await unit.commit(async (tx) => void (await insert({ tx }, 'c')));
    expect(await slugs()).toEqual(['a', 'b', 'c']);
  });

  it('leaves nothing when it is rolled back, whether or not anything was begun', async () => {
    const unit = await beginUnitOfWork(db, true);
    await insert(unit.db, 'single statement');
    await unit.rollback();
    await (await beginUnitOfWork(db, false)).rollback();
    expect(await slugs()).toEqual([]);
  });

  it('leaves nothing when its last statements fail', async () => {
    const unit = await beginUnitOfWork(db, false);
    await unit.db.transaction((tx) => insert({ tx }, 'a'));
    const failed = unit.commit(async () => {
      throw new Error('no place for the reply');
    });
    await expect(failed).rejects.toThrow('no place for the reply');
    await unit.rollback();
    expect(await slugs()).toEqual([]);
  });

  it('tells a deadlock, and a database that is away, from everything else', async () => {
    await insert(db, 'a');
    await insert(db, 'b');
    const [one, two] = [await beginUnitOfWork(db, true), await beginUnitOfWork(db, true)];
    const rename = (unit: typeof one, id: string) => unit.db.tx.project.update({ where: { id }, data: { name: 'x' } });
    await rename(one, 'a');
    await rename(two, 'b');
    const results = await Promise.allSettled([rename(one, 'b'), rename(two, 'a')]);
    await Promise.all([one.rollback(), two.rollback()]);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(errors.map((error) => [isDeadlock(error), isDatabaseAway(error)])).toEqual([[true, false]]);
    const duplicate = await insert(db, 'a').catch((error: unknown) => error);
    expect([isDeadlock(duplicate), isDatabaseAway(duplicate)]).toEqual([false, false]);
    await postgres.crash();
    const away = openDatabase({ url: 'postgresql://postgres@127.0.0.1:1/none' });
    const gone = await insert(away, 'c').catch((error: unknown) => error);
    const unbegun = await beginUnitOfWork(away, true).catch((error: unknown) => error);
    await away.close();
    expect([isDatabaseAway(gone), isDatabaseAway(unbegun)]).toEqual([true, true]);
  });
});
