import { waitUntil } from '@sconce/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDockerClient } from '../support/docker-client.ts';
import { breaches } from '../support/invariants.ts';
import { openLoop, type RunningLoad, summarise } from '../support/open-loop.ts';
import { type Platform, type ProcessName, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: Platform;
let shop: Workshop;
let load: RunningLoad;
let turn = 0;

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  platform = await startPlatform();
  shop = await openWorkshop(platform, 'faults', { watchMs: 0, drainTimeoutMs: 20_000 });
  await shop.live(await shop.deploy(slowRepository('first'), 'First'));
});
afterAll(async () => {
  shop?.remove();
  await platform?.stop();
});

/** Each part of its road takes long enough to be caught in. */
function slowRepository(body: string): Readonly<Record<string, string>> {
  const files = tinyRepository({ body, before: 'sleep 1' });
  return {
    ...files,
    Dockerfile: [
      `FROM ${tinyBase}`,
      'COPY index.html /www/index.html',
      'RUN sleep 1',
      'COPY start.sh /start.sh',
      'EXPOSE 8000',
      'CMD ["/bin/sh", "/start.sh"]',
      '',
    ].join('\n'),
  };
}

/** Moments on the way from push to live, each a question to the database about the newest push. Who looks late is a little further on. */
const moments: Readonly<Record<string, string>> = {
  'right after the push': 'SELECT 1',
  'while it is built': `SELECT 1 FROM build WHERE phase <> 'queued' AND commit = $1`,
  'while it starts': `SELECT 1 FROM rollout o JOIN release r ON r.id = o.release_id WHERE o.phase <> 'pending' AND r.commit = $1`,
  'while the old one drains': `SELECT 1 FROM rollout o JOIN release r ON r.id = o.release_id WHERE o.phase IN ('draining', 'complete') AND r.commit = $1`,
};

async function reach(moment: string, commit: string): Promise<void> {
  const sql = moments[moment];
  if (!sql) throw new Error(`no such moment: ${moment}`);
  await waitUntil(
    moment,
    async () => {
      const client = new pg.Client({ connectionString: platform.databaseUrl });
      client.on('error', () => {});
      await client.connect();
      try {
        const rows = await client.query(sql, sql.includes('$1') ? [commit] : []);
        return rows.rowCount === 1 || (rows.rowCount ?? 0) > 1;
      } finally {
        await client.end();
      }
    },
    240_000,
    10,
  );
}

/** Pushes under load, lets `harm` happen at the moment and `mend` it, and holds the platform to its promises afterwards. */
async function survive(
  moment: string,
  harm: () => Promise<void> | void,
  mend: () => Promise<void> | void,
): Promise<void> {
  turn += 1;
  const body = `turn ${turn}`;
  load = openLoop(shop.url, 50, 40);
  const commit = await shop.deploy(slowRepository(body), body);
  await reach(moment, commit);
  await harm();
  const answeredBefore = load.answers.length;
  await waitUntil('fifty more answers while it is broken', () => load.answers.length >= answeredBefore + 50);
  await mend();
  await shop.live(commit);
  const seen = summarise(await load.finish());
  expect(seen.lost.slice(0, 3)).toEqual([]);
  expect(await (await fetch(shop.url)).text()).toBe(body);
  expect(await breaches(platform)).toEqual([]);
}

const victims: readonly ProcessName[] = ['api', 'worker', 'scheduler'];

describe.each(Object.keys(moments))('%s', (moment) => {
  it.each(victims)('%s is killed', async (victim) => {
    const process = platform.processes[victim];
    await survive(
      moment,
      () => process.end('SIGKILL'),
      () => process.start(),
    );
  });

  it.each(victims)('%s hangs', async (victim) => {
    const process = platform.processes[victim];
    await survive(
      moment,
      () => process.signal('SIGSTOP'),
      () => process.signal('SIGCONT'),
    );
  });
});

describe('servers the platform stands on', () => {
  it('Redis is killed and started again', () =>
    survive(
      'while it is built',
      () => platform.redis.crash(),
      () => {},
    ));
  it('Redis forgets everything', () =>
    survive(
      'right after the push',
      () => platform.redis.flush(),
      () => {},
    ));
  it('Redis hangs', () =>
    survive(
      'right after the push',
      () => platform.redis.hang(),
      () => platform.redis.resume(),
    ));
  it('Postgres crashes', () =>
    survive(
      'while it starts',
      () => platform.postgres.crash(),
      () => {},
    ));
  it('Postgres is restarted', () =>
    survive(
      'while it is built',
      () => platform.postgres.restart(),
      () => {},
    ));
});

describe('the gateway', () => {
  it('killed and started with everything else down, serves its last table from disk', async () => {
    const before = await (await fetch(shop.url)).text();
    await Promise.all(victims.map((name) => platform.processes[name].end('SIGKILL')));
    await platform.processes.gateway.end('SIGKILL');
    await platform.processes.gateway.start();
    expect(await (await fetch(shop.url)).text()).toBe(before);
    await Promise.all(victims.map((name) => platform.processes[name].start()));
    await shop.live(await shop.deploy(slowRepository('after all'), 'After all'));
    expect(await breaches(platform)).toEqual([]);
  });
});
