import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { Prisma } from './generated/client.ts';

/**
 * Statements that are written by hand go to the driver itself, in a transaction on the connection that it has. Prisma's way there and back takes
 * several times as long as Postgres does for a short one, and a release is some fifty of them (measured: 10 in a transaction 3.4 ms, so 1.5 ms).
 */
export interface DirectSql {
  /** Runs `work`, in which Prisma takes one connection of the pool, and answers what gives its statements to that one. */
  around<T>(work: (direct: (tx: Prisma.TransactionClient) => Prisma.TransactionClient) => Promise<T>): Promise<T>;
  /** For statements outside of any transaction. */
  onPool(tx: Prisma.TransactionClient): Prisma.TransactionClient;
}

interface Held {
  /** Null before it is taken, and again from the moment it goes back. */
  connection: pg.PoolClient | null;
  wasTaken: boolean;
}

type Run = (query: pg.QueryConfig) => Promise<pg.QueryResult>;
type NameStatement = (query: { readonly sql: string }) => string;

export function createDirectSql(pool: pg.Pool, nameStatement: NameStatement): DirectSql {
  const holders = new AsyncLocalStorage<Held>();
  rememberWhoHolds(pool, holders);
  return {
    around: (work) => {
      const held: Held = { connection: null, wasTaken: false };
      const run: Run = (query) => {
        // Ended by its time limit, say: the connection may be somebody else's by now.
        if (held.connection === null) return Promise.reject(new Error('The transaction has ended'));
        return held.connection.query(query);
      };
      return holders.run(held, () => work((tx) => withStatements(tx, run, nameStatement)));
    },
    onPool: (tx) => withStatements(tx, (query) => pool.query(query), nameStatement),
  };
}

/** Notes the connection that is taken inside of `around`, until it goes back. */
function rememberWhoHolds(pool: pg.Pool, holders: AsyncLocalStorage<Held>): void {
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => Promise<pg.PoolClient>;
  const noting = (...args: unknown[]): Promise<pg.PoolClient> => {
    const held = holders.getStore();
    if (args.length > 0 || held === undefined || held.wasTaken) return connect(...args);
    held.wasTaken = true;
    return connect().then((connection) => {
      const release = connection.release.bind(connection);
      held.connection = connection;
      connection.release = (error) => {
        held.connection = null;
        release(error);
      };
      return connection;
    });
  };
  pool.connect = noting as typeof pool.connect;
}

function withStatements(
  tx: Prisma.TransactionClient,
  run: Run,
  nameStatement: NameStatement,
): Prisma.TransactionClient {
  const toQuery = (text: string, values: readonly unknown[]): pg.QueryConfig => {
    const name = values.length === 0 ? '' : nameStatement({ sql: text });
    return { ...(name === '' ? {} : { name }), text, values: values.map(toParameter), types };
  };
  const rowsOf = async (query: pg.QueryConfig) => (await run(query)).rows;
  const countOf = async (query: pg.QueryConfig) => (await run(query)).rowCount ?? 0;
  const statements: Readonly<Record<string, unknown>> = {
    $queryRaw: (parts: Parts, ...values: unknown[]) => rowsOf(toQuery(...flat(parts, values))),
    $executeRaw: (parts: Parts, ...values: unknown[]) => countOf(toQuery(...flat(parts, values))),
    $queryRawUnsafe: (text: string, ...values: unknown[]) => rowsOf(toQuery(text, values)),
    $executeRawUnsafe: (text: string, ...values: unknown[]) => countOf(toQuery(text, values)),
  };
  return new Proxy(tx, {
    get: (target, key) =>
      typeof key === 'string' && Object.hasOwn(statements, key) ? statements[key] : Reflect.get(target, key),
  });
}

type Parts = TemplateStringsArray | Prisma.Sql;

/** Text and values, with those of any pieces of SQL among the values in their place. */
function flat(parts: Parts, values: readonly unknown[]): [string, readonly unknown[]] {
  const isPlain = !(parts instanceof Prisma.Sql) && !values.some((value) => value instanceof Prisma.Sql);
  if (isPlain) return [textOf(parts), values];
  const whole = parts instanceof Prisma.Sql ? parts : Prisma.sql(parts, ...values);
  return [whole.text, whole.values];
}

const texts = new WeakMap<TemplateStringsArray, string>();

function textOf(parts: TemplateStringsArray): string {
  const known = texts.get(parts);
  if (known !== undefined) return known;
  const text = parts.reduce((sum, part, index) => `${sum}$${index}${part}`);
  texts.set(parts, text);
  return text;
}

/** As Prisma sends them: a time is in UTC, whatever zone this process and its session are in. */
function toParameter(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}

const textArray = 1009;
const int8Array = 1016;
const parseTexts = pg.types.getTypeParser(textArray as never) as (text: string) => string[];

/** As Prisma reads them: 64-bit numbers whole. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [pg.types.builtins.INT8]: BigInt,
  [int8Array]: (text) => parseTexts(text).map(BigInt),
};

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    parsers[oid] ?? pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};
