import { readdirSync, readFileSync } from 'node:fs';
import type { TemporaryPostgres } from '@sconce/testkit';
import pg from 'pg';
import { postmasterOf } from './measure.ts';
import { sendLoad, startApi } from './servers.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends deliveries while the API and Postgres are killed with -9 in turn, then looks for each acknowledged one. Answers how many were, and how many are lost. */
export async function checkKills(
  postgres: TemporaryPostgres,
  databaseUrl: string,
  bodyFile: string,
): Promise<{ acknowledged: number; lost: number; kills: number }> {
  let api = await startApi(databaseUrl);
  const { port, home } = api;
  const load = sendLoad(port, bodyFile, { connections: 16, seconds: 14 });
  let kills = 0;
  for (const target of ['api', 'postgres', 'api', 'postgres']) {
    await pause(1_200 + Math.random() * 600);
    kills += 1;
    if (target === 'api') {
      await api.stop('SIGKILL');
      api = await startApi(databaseUrl, { port, home });
    } else {
      killPostgres(await postmasterOf(databaseUrl));
      await postgres.crash();
    }
  }
  const { ids } = await load;
  await api.stop();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const found = await client.query<{ id: string }>(
    "SELECT d.host_delivery AS id FROM delivery d JOIN outbox o ON o.payload ->> 'delivery' = d.id",
  );
  await client.end();
  const stored = new Set(found.rows.map((row) => row.id));
  return { acknowledged: ids.length, lost: ids.filter((id) => !stored.has(id)).length, kills };
}

/** proc(5): `pid (name) state parent ...` */
function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1]);
}

/** The postmaster and all its children, at once: as when the machine is out of memory or power. */
function killPostgres(postmaster: number): void {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return parentOf(pid) === postmaster;
      } catch {
        return false;
      }
    });
  for (const pid of [postmaster, ...children]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}
