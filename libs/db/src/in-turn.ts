import type pg from 'pg';

/**
 * Lets a connection have one query at a time: Prisma asks for the relations of a row at once, in a transaction over one connection, and the
 * driver's own queue for that goes with its next major version. Queries are sent in the order they were asked for, as before.
 */
export function takeInTurn(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
  let last: Promise<unknown> | null = null;
  const inTurn = (...args: unknown[]): Promise<unknown> => {
    // The pool's own: it has the connection to itself.
    if (args.some((arg) => typeof arg === 'function')) return query(...args);
    const turn = last === null ? query(...args) : last.then(() => query(...args));
    const ended: Promise<unknown> = turn
      .catch(() => {})
      .then(() => {
        if (last === ended) last = null;
      });
    last = ended;
    return turn;
  };
  client.query = inTurn as typeof client.query;
}
