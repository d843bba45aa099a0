import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { createDirectSql } from './direct-sql.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { takeInTurn } from './in-turn.ts';
import { createListener } from './listener.ts';

/** A transaction, or the database itself; stores take either. Opaque outside this library. */
export type Tx = Prisma.TransactionClient;

export interface Database {
  /** For reads, and writes that are one statement. */
  readonly tx: Tx;
  /** For hot statements that are written by hand. Shares its connections with `tx`. */
  readonly pool: pg.Pool;
  /** Runs `work` in one transaction; commits when it resolves, rolls back when it throws. Keep it short: no outside calls inside. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Calls `onMessage` for each NOTIFY on the channel, and with null after every (re)connect: messages may have been missed. */
  listen(channel: Channel, onMessage: (payload: string | null) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What is announced on each channel. Announcements are hints: readers look in the tables. */
export type Channel =
  /** payload: kind of wakeup, and the object's id after a blank where it is one object */
  | 'sconce_wakeup'
  /** no payload */
  | 'sconce_outbox'
  /** no payload */
  | 'sconce_event'
  /** payload: the stream's id */
  | 'sconce_log'
  /** payload: the build's id */
  | 'sconce_cancel'
  /** no payload: a newer route table stands */
  | 'sconce_route'
  /** no payload: a cluster was added, changed or removed */
  | 'sconce_cluster'
  /** no payload: figures of a slot of ten seconds are written down */
  | 'sconce_metric';

export interface DatabaseOptions {
  readonly url: string;
  readonly maxConnections?: number;
  /** How long is waited for a connection and for a transaction; by default as long as anybody would who waits for an answer. */
  readonly patienceMs?: number;
  /** Errors of idle connections and of listeners between their tries. */
  readonly onError?: (error: unknown) => void;
}

export function openDatabase(options: DatabaseOptions): Database {
  const onError = options.onError ?? (() => {});
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 16,
    connectionTimeoutMillis: options.patienceMs ?? 5_000,
    idleTimeoutMillis: 30_000,
    query_timeout: options.patienceMs ?? 30_000,
    // A connection that died with its machine would otherwise hang for minutes.
    keepAlive: true,
    application_name: 'sconce',
  });
  pool.on('error', onError);
  pool.on('connect', takeInTurn);
  const nameStatement = nameStatements();
  const direct = createDirectSql(pool, nameStatement);
  const listener = createListener(options.url, onError);
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: false, statementNameGenerator: nameStatement }),
  });
  return {
    tx: direct.onPool(prisma),
    pool,
    transaction: (work) =>
      direct.around((onItsConnection) =>
        prisma.$transaction((tx) => work(onItsConnection(tx)), {
          maxWait: options.patienceMs ?? 5_000,
          timeout: options.patienceMs ?? 15_000,
        }),
      ),
    listen: listener.listen,
    close: async () => {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}

/** Statements kept prepared per connection; beyond it (lists of many lengths) they are parsed each time. */
const maxPrepared = 500;

/**
 * Names statements by their text, so that Postgres parses and plans each once per connection instead of every time: about half of what a
 * short statement costs.
 */
function nameStatements(): (query: { readonly sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= maxPrepared) return '';
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}
