import type pg from 'pg';

export interface NewDelivery {
  readonly id: string;
  readonly host: string;
  readonly hostDelivery: string;
  readonly event: string;
  readonly body: Uint8Array;
}

export interface InsertedDelivery {
  readonly id: string;
  /** False: this (host, hostDelivery) stood already, and `id` is the one that stands. */
  readonly fresh: boolean;
}

/**
 * Stores deliveries with their outbox lines, in the order given, in one statement that is one transaction; answers in the same order.
 * Resolves once they are on disk. Fit for thousands a second: all bodies travel as one binary parameter and are cut apart there.
 */
export async function insertDeliveries(pool: pg.Pool, deliveries: readonly NewDelivery[]): Promise<InsertedDelivery[]> {
  const inserted = await pool.query<{ id: string; host: string; host_delivery: string }>({
    name: 'insert-deliveries',
    text: insertStatement,
    values: [
      deliveries.map(({ id }) => id),
      deliveries.map(({ host }) => host),
      deliveries.map(({ hostDelivery }) => hostDelivery),
      deliveries.map(({ event }) => event),
      ...packBodies(deliveries),
    ],
  });
  const fresh = new Set(inserted.rows.map(({ id }) => id));
  if (fresh.size === deliveries.length) return deliveries.map(({ id }) => ({ id, fresh: true }));
  const standing = await readStanding(
    pool,
    deliveries.filter(({ id }) => !fresh.has(id)),
  );
  return deliveries.map((delivery) => {
    if (fresh.has(delivery.id)) return { id: delivery.id, fresh: true };
    const id = standing.get(keyOf(delivery.host, delivery.hostDelivery));
    if (id === undefined) throw new Error(`Delivery ${delivery.hostDelivery} was refused as a duplicate of none`);
    return { id, fresh: false };
  });
}

/** Where each body starts (from 1, as SQL counts), how long it is, and all of them in one. */
function packBodies(deliveries: readonly NewDelivery[]): [number[], number[], Buffer] {
  const starts: number[] = [];
  let at = 1;
  for (const { body } of deliveries) {
    starts.push(at);
    at += body.byteLength;
  }
  const only = deliveries.length === 1 ? deliveries[0]?.body : undefined;
  const whole = only
    ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
    : Buffer.concat(deliveries.map(({ body }) => body));
  return [starts, deliveries.map(({ body }) => body.byteLength), whole];
}

async function readStanding(pool: pg.Pool, deliveries: readonly NewDelivery[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; host: string; host_delivery: string }>(
    'SELECT id, host, host_delivery FROM delivery WHERE (host, host_delivery) IN (SELECT * FROM unnest($1::text[], $2::text[]))',
    [deliveries.map(({ host }) => host), deliveries.map(({ hostDelivery }) => hostDelivery)],
  );
  return new Map(rows.map((row) => [keyOf(row.host, row.host_delivery), row.id]));
}

function keyOf(host: string, hostDelivery: string): string {
  return `${host}\n${hostDelivery}`;
}

// The notification is a sub-select without reference to the row: it runs once, and not at all when nothing is fresh.
const insertStatement = `
  WITH fresh AS (
    INSERT INTO delivery (id, host, host_delivery, event, body)
    SELECT id, host, host_delivery, event, substring($7::bytea FROM start FOR size)
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[])
      WITH ORDINALITY AS given (id, host, host_delivery, event, start, size, place)
    ORDER BY place
    ON CONFLICT (host, host_delivery) DO NOTHING
    RETURNING id, position
  ), lines AS (
    INSERT INTO outbox (message, payload, key)
    SELECT 'process-delivery', jsonb_build_object('delivery', id), id FROM fresh ORDER BY position
  )
  SELECT id, (SELECT pg_notify('sconce_outbox', '')::text) AS told FROM fresh`;
