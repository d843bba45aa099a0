import { type TemporaryPostgres, temporaryPostgres } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from './database.ts';
import { Prisma } from './generated/client.ts';

let postgres: TemporaryPostgres;
let db: Database;
beforeAll(async () => {
  postgres = await temporaryPostgres();
  db = openDatabase({ url: await postgres.database(), maxConnections: 2 });
});
afterAll(async () => {
  await db.close();
  await postgres.stop();
});

const backend = (tx: Database['tx']) => tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
const slugs = async () => (await db.tx.project.findMany({ orderBy: { id: 'asc' } })).map(({ slug }) => slug);

it('gives statements of a transaction to its own connection, in order with Prisma’s', async () => {
  await db.transaction(async (tx) => {
    await tx.$executeRaw`INSERT INTO project (id, slug, name) VALUES (${'prj_1'}, ${'one'}, 'n')`;
    expect(await tx.project.findMany()).toMatchObject([{ slug: 'one' }]);
    const pids = [await backend(tx), await backend(tx)].map(([row]) => row?.pid);
    expect(new Set(pids).size).toBe(1);
    expect(await slugs()).toEqual([]);
  });
  expect(await slugs()).toEqual(['one']);
});

it('takes back what they did when the transaction fails, and says how often they changed something', async () => {
  const failed = db.transaction(async (tx) => {
    expect(await tx.$executeRaw`UPDATE project SET name = 'changed'`).toBe(1);
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(await db.tx.project.findMany()).toMatchObject([{ name: 'n' }]);
});

it('reads and writes as Prisma does', async () => {
  const at = new Date('2026-11-27T01:02:03.456Z');
  const [row] = await db.tx.$queryRaw<Record<string, unknown>[]>`
    SELECT ${2n ** 60n}::bigint AS large, ARRAY[1, 2]::bigint[] AS many, ${at}::timestamptz AS at, ${['a', 'b']}::text[] AS list,
      ${JSON.stringify({ a: [1] })}::jsonb AS json, ${Buffer.from([1, 255])}::bytea AS bytes, ${null}::text AS nothing,
      current_setting('TimeZone') AS zone, (SELECT count(*) FROM project) AS count, ${true}::bool AS yes, ${1.5}::float8 AS half`;
  expect(row).toMatchObject({
    large: 2n ** 60n,
    many: [1n, 2n],
    at,
    list: ['a', 'b'],
    json: { a: [1] },
    nothing: null,
    count: 1n,
    yes: true,
    half: 1.5,
  });
  expect([...((row?.bytes ?? []) as Uint8Array)]).toEqual([1, 255]);
});

it('takes pieces of SQL into its own', async () => {
  const piece = Prisma.sql`slug = ${'one'} AND name = ${'n'}`;
  const rows = await db.tx.$queryRaw<{ slug: string }[]>`SELECT slug FROM project WHERE id = ${'prj_1'} AND ${piece}`;
  expect(rows).toEqual([{ slug: 'one' }]);
  expect(await db.tx.$queryRaw(Prisma.sql`SELECT ${2}::int AS two`)).toEqual([{ two: 2 }]);
});

it('goes on in the transaction after a statement that failed behind a savepoint', async () => {
  await db.transaction(async (tx) => {
    await tx.$executeRawUnsafe('SAVEPOINT here');
    await expect(tx.$executeRaw`INSERT INTO project (id, slug, name) VALUES ('prj_1', 'x', 'x')`).rejects.toMatchObject(
      {
        code: '23505',
      },
    );
    await tx.$executeRawUnsafe('ROLLBACK TO SAVEPOINT here');
    await tx.$executeRaw`UPDATE project SET name = 'after'`;
  });
  expect(await db.tx.project.findMany()).toMatchObject([{ name: 'after' }]);
});

it('refuses a statement of a transaction that has ended: its connection is somebody else’s by then', async () => {
  let kept: Database['tx'] | null = null;
  await db.transaction(async (tx) => {
    kept = tx;
  });
  await expect(backend(kept as unknown as Database['tx'])).rejects.toThrow('The transaction has ended');
});

it('keeps transactions apart that run at once and within each other', async () => {
  const pids = await db.transaction(async (outer) => {
    const inner = await db.transaction((tx) => backend(tx));
    return [...(await backend(outer)), ...inner].map(({ pid }) => pid);
  });
  expect(new Set(pids).size).toBe(2);
  const many = await Promise.all(
    Array.from({ length: 8 }, () =>
      db.transaction(async (tx) => {
        const [first] = await backend(tx);
        await tx.$queryRaw`SELECT pg_sleep(0.01)::text`;
        const [second] = await backend(tx);
        return first?.pid === second?.pid;
      }),
    ),
  );
  expect(many).toEqual(Array.from({ length: 8 }, () => true));
});
