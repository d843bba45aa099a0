import { type TemporaryPostgres, temporaryPostgres, waitUntil } from '@sconce/testkit';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Channel } from './database.ts';
import { createListener, type Listener } from './listener.ts';

let postgres: TemporaryPostgres;
let url: string;
let client: pg.Client;
let listener: Listener;
let errors: unknown[];

beforeAll(async () => {
  postgres = await temporaryPostgres();
  url = await postgres.database();
  client = new pg.Client({ connectionString: url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await postgres.stop();
});
beforeEach(() => {
  errors = [];
  listener = createListener(url, (error) => errors.push(error));
});

const connections = async (): Promise<number[]> => {
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'sconce listener' AND datname = current_database()",
  );
  return rows.map((row) => row.pid);
};
const announce = (channel: Channel, payload: string) => client.query('SELECT pg_notify($1, $2)', [channel, payload]);
const noConnection = () => waitUntil('the connection to be closed', async () => (await connections()).length === 0);

function hear(channel: Channel) {
  const stop = new AbortController();
  const heard: (string | null)[] = [];
  const done = listener.listen(channel, (payload) => heard.push(payload), stop.signal);
  return {
    heard,
    stop: () => stop.abort(),
    done,
    has: (payload: string | null, times = 1) =>
      waitUntil(`${channel} to hear ${payload}`, async () => heard.filter((each) => each === payload).length >= times),
  };
}

it('carries all channels over one connection, each to who listens to it', async () => {
  const events = hear('sconce_event');
  const logs = hear('sconce_log');
  const late = hear('sconce_log');
  await Promise.all([events.has(null), logs.has(null), late.has(null)]);
  expect(await connections()).toHaveLength(1);
  await announce('sconce_event', 'e');
  await announce('sconce_log', 'l');
  await Promise.all([events.has('e'), logs.has('l'), late.has('l')]);
  expect(events.heard).not.toContain('l');
  expect(logs.heard).not.toContain('e');
  for (const each of [events, logs, late]) each.stop();
  await Promise.all([events.done, logs.done, late.done]);
  await noConnection();
});

it('tells everybody to look again after the connection was lost, and hears on', async () => {
  const events = hear('sconce_event');
  const logs = hear('sconce_log');
  await Promise.all([events.has(null), logs.has(null)]);
  const [first] = await connections();
  await client.query('SELECT pg_terminate_backend($1)', [first]);
  await Promise.all([events.has(null, 2), logs.has(null, 2)]);
  await announce('sconce_event', 'after');
  await events.has('after');
  events.stop();
  logs.stop();
  await noConnection();
});

it('goes on for the others when one stops, and begins again when all had stopped', async () => {
  const events = hear('sconce_event');
  const logs = hear('sconce_log');
  await Promise.all([events.has(null), logs.has(null)]);
  events.stop();
  await events.done;
  await announce('sconce_event', 'to nobody');
  await announce('sconce_log', 'still');
  await logs.has('still');
  expect(events.heard).not.toContain('to nobody');
  logs.stop();
  // At once, while the connection is being closed.
  const again = hear('sconce_log');
  await again.has(null);
  await announce('sconce_log', 'again');
  await again.has('again');
  again.stop();
  await noConnection();
});

it('keeps trying while the database is away', async () => {
  const events = hear('sconce_event');
  await events.has(null);
  await client.end();
  await postgres.restart();
  client = new pg.Client({ connectionString: url });
  await client.connect();
  await events.has(null, 2);
  await announce('sconce_event', 'back');
  await events.has('back');
  events.stop();
  await noConnection();
});
