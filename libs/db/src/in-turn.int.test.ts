import { type TemporaryPostgres, temporaryPostgres } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from './database.ts';

let postgres: TemporaryPostgres;
let db: Database;
const warnings: string[] = [];
const note = (warning: Error) => void warnings.push(warning.message);
beforeAll(async () => {
  process.on('warning', note);
  postgres = await temporaryPostgres();
  db = openDatabase({ url: await postgres.database(), maxConnections: 2 });
});
afterAll(async () => {
  process.off('warning', note);
  await db.close();
  await postgres.stop();
});

it('never gives a connection a second query before the first has ended, and keeps their order', async () => {
  await db.pool.query("INSERT INTO project (id, slug, name) VALUES ('prj_1', 'p', 'p')");
  await db.pool.query("INSERT INTO environment (id, project_id, slug, name) VALUES ('env_1', 'prj_1', 'e', 'e')");
  const numbers = await db.transaction(async (tx) => {
    // Relations of one row, which Prisma reads at once.
    const found = await tx.environment.findMany({ include: { project: true, services: true, tokens: true } });
    expect(found).toMatchObject([{ project: { slug: 'p' }, services: [] }]);
    return Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const rows = await tx.$queryRaw<
          { n: number }[]
        >`SELECT ${index}::int AS n, pg_sleep(${0.01 * (5 - index)})::text`;
        return rows[0]?.n;
      }),
    );
  });
  expect(numbers).toEqual([0, 1, 2, 3, 4]);
  expect(warnings.filter((text) => text.includes('already executing'))).toEqual([]);
});

it('goes on after a query that failed', async () => {
  const client = await db.pool.connect();
  try {
    const all = await Promise.allSettled(
      ['SELECT 1 AS n', 'SELECT nonsense', 'SELECT 3 AS n'].map((sql) => client.query(sql)),
    );
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  } finally {
    client.release();
  }
});
