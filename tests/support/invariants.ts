import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { waitUntil } from '@sconce/testkit';
import pg from 'pg';
import { findDockerClient } from './docker-client.ts';
import { type Platform, processNames } from './platform.ts';

/**
 * What has to hold after anything was broken and has settled (the list is in the design's promises). Waits until the platform is at rest, then
 * answers every breach as a sentence; an empty list is the proof.
 */
export async function breaches(platform: Platform, planted: readonly string[] = []): Promise<string[]> {
  const client = new pg.Client({ connectionString: platform.databaseUrl });
  await client.connect();
  try {
    const at = await restless(client);
    const found = [...at, ...(await rowBreaches(client)), ...(await strayContainers(client, platform))];
    return [...found, ...leaks(platform, planted)];
  } finally {
    await client.end();
  }
}

async function restless(client: pg.Client): Promise<string[]> {
  try {
    await waitUntil(
      'the platform to be at rest',
      async () => {
        const rows = await client.query(`SELECT
        (SELECT count(*) FROM delivery WHERE phase = 'received') + (SELECT count(*) FROM build WHERE phase IN ('queued', 'running'))
        + (SELECT count(*) FROM rollout WHERE phase NOT IN ('complete', 'aborted', 'superseded', 'paused')) + (SELECT count(*) FROM outbox) AS busy`);
        return Number(rows.rows[0].busy) === 0;
      },
      240_000,
      100,
    );
    return [];
  } catch {
    const rows =
      await client.query(`SELECT 'delivery ' || id || ' ' || phase AS what FROM delivery WHERE phase = 'received'
      UNION ALL SELECT 'build ' || id || ' ' || phase FROM build WHERE phase IN ('queued', 'running')
      UNION ALL SELECT 'rollout ' || id || ' ' || phase || ' ' || coalesce(reason, '') FROM rollout WHERE phase NOT IN ('complete', 'aborted', 'superseded', 'paused')
      UNION ALL SELECT 'outbox ' || id || ' ' || message FROM outbox`);
    return rows.rows.map((row) => `never came to rest: ${row.what}`);
  }
}

/** Each query answers the rows that break a rule. */
const rules: readonly { says: string; sql: string }[] = [
  {
    says: 'a delivery ended without a build or a reason',
    sql: `SELECT id FROM delivery d WHERE phase = 'processed' AND reason IS NULL AND NOT EXISTS (SELECT 1 FROM build b WHERE b.delivery_id = d.id)`,
  },
  {
    says: 'a build that succeeded left a service without a release or a reason',
    sql: `SELECT b.id FROM build b JOIN build_target t ON t.build_id = b.id WHERE b.phase = 'succeeded' AND t.release_id IS NULL AND t.reason IS NULL`,
  },
  {
    says: 'a service has two active rollouts',
    sql: `SELECT service_id AS id FROM rollout WHERE phase NOT IN ('complete', 'aborted', 'superseded') GROUP BY service_id HAVING count(*) > 1`,
  },
  {
    says: 'a release serves that was never promoted',
    sql: `SELECT s.id FROM service s JOIN release r ON r.id = s.live_release_id WHERE r.live_at IS NULL`,
  },
  {
    says: 'one push made two releases for a service',
    sql: `SELECT t.service_id AS id FROM build b JOIN build_target t ON t.build_id = b.id JOIN release r ON r.id = t.release_id WHERE b.delivery_id IS NOT NULL GROUP BY b.delivery_id, t.service_id HAVING count(*) > 1`,
  },
  {
    says: 'release numbers have a gap or a double',
    sql: `SELECT service_id AS id FROM release GROUP BY service_id HAVING count(*) <> max(number) OR count(DISTINCT number) <> count(*)`,
  },
];

async function rowBreaches(client: pg.Client): Promise<string[]> {
  const found: string[] = [];
  for (const rule of rules) {
    const rows = await client.query(rule.sql);
    for (const row of rows.rows) found.push(`${rule.says}: ${row.id}`);
  }
  return found;
}

/** Containers of this installation that belong to no release that should run, once draining had its time. */
async function strayContainers(client: pg.Client, platform: Platform): Promise<string[]> {
  const docker = findDockerClient();
  let strays: string[] = [];
  try {
    await waitUntil(
      'old replicas to be gone',
      async () => {
        const wanted = await client.query(
          `SELECT r.replica_set_id AS id FROM service s JOIN release r ON r.id IN (s.live_release_id, s.desired_release_id) WHERE s.deleted_at IS NULL`,
        );
        const keep = new Set(wanted.rows.map((row) => String(row.id)));
        const projects = await client.query('SELECT id FROM project');
        const mine = new Set(projects.rows.map((row) => String(row.id)));
        const releases = await client.query('SELECT id FROM release');
        for (const row of releases.rows) mine.add(String(row.id));
        const listed = execFileSync(
          docker,
          ['ps', '-a', '--filter', 'label=sconce.release', '--format', '{{.Names}} {{.Label "sconce.release"}}'],
          { encoding: 'utf8' },
        );
        const ours = listed
          .trim()
          .split('\n')
          .filter((line) => mine.has(line.split(' ')[1] ?? ''));
        strays = ours.filter((line) => !keep.has(line.split(' ')[1] ?? ''));
        return strays.length === 0;
      },
      240_000,
      200,
    );
    return [];
  } catch {
    return strays.map((stray) => `a container runs for no release that should: ${stray} (home ${platform.home})`);
  }
}

function leaks(platform: Platform, planted: readonly string[]): string[] {
  return processNames.flatMap((name) => {
    const text = readFileSync(`${platform.logs}/${name}.log`, 'utf8');
    return planted.filter((secret) => text.includes(secret)).map(() => `a secret stands in the log of ${name}`);
  });
}
