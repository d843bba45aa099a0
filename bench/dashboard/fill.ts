import { newId } from '@sconce/foundation';
import pg from 'pg';
import type { Scene } from './scene.ts';

/** What there is in all when it is full. */
export const full = { services: 200, releases: 5_000 };
/** Most releases are one service's: the one whose pages are walked through. */
const ofOne = 2_000;

/**
 * Brings services and releases into the database, each a copy of a real one that is live. Those who would start them must not run: nothing of theirs
 * exists but what the pages read.
 */
export async function fill({ platform, workshop }: Scene): Promise<void> {
  const { id, live } = await workshop.read();
  if (live === null) throw new Error('the service is not live');
  const db = new pg.Client({ connectionString: platform.databaseUrl });
  await db.connect();
  try {
    const count = async (table: string, where: string) =>
      Number((await db.query(`select count(*) from ${table} where ${where}`)).rows[0].count);
    const missing = full.services - (await count('service', 'deleted_at is null'));
    const others = Array.from({ length: missing }, () => ({ id: newId('svc'), live: newId('rel') }));
    await addServices(db, id, others);
    const free = full.releases - (await count('release', 'true')) - ofOne;
    const each = Math.floor(free / missing);
    for (const other of others) await addReleases(db, live.release.id, other.id, each, other.live);
    const rest = full.releases - (await count('release', 'true'));
    await addReleases(db, live.release.id, id, rest, null);
    await db.query('analyze');
  } finally {
    await db.end();
  }
}

async function addServices(db: pg.Client, like: string, services: readonly { id: string; live: string }[]) {
  await db.query(
    `insert into service
     select (jsonb_populate_record(s, jsonb_build_object(
       'id', n.id, 'slug', 'model-' || n.at, 'name', 'model-' || n.at, 'live_release_id', n.live, 'desired_release_id', n.live))).*
     from service s, unnest($2::text[], $3::text[]) with ordinality as n(id, live, at) where s.id = $1`,
    [like, services.map(({ id }) => id), services.map(({ live }) => live)],
  );
}

/** The last one is live where its id is given; the others were, before it. */
async function addReleases(db: pg.Client, like: string, service: string, count: number, live: string | null) {
  const ids: string[] = Array.from({ length: count }, () => newId('rel'));
  if (live !== null) ids[count - 1] = live;
  await db.query(
    `insert into release
     select (jsonb_populate_record(r, jsonb_build_object(
       'id', n.id, 'service_id', s.id, 'number', s.next_release_number + n.at, 'replica_set_id', n.id,
       'retired_at', case when n.id = $4 then null else now() end))).*
     from release r, service s, unnest($3::text[]) with ordinality as n(id, at) where r.id = $1 and s.id = $2`,
    [like, service, ids, live],
  );
  await db.query('update service set next_release_number = next_release_number + $2 + 1 where id = $1', [
    service,
    count,
  ]);
}
