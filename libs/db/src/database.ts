import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { type Prisma, PrismaClient } from './generated/client.ts';

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
  /** payload: kind of wakeup */
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
  | 'sconce_route';

export interface DatabaseOptions {
  readonly url: string;
  readonly maxConnections?: number;
  /** Errors of idle connections and of listeners between their tries. */
  readonly onError?: (error: unknown) => void;
}

export function openDatabase(options: DatabaseOptions): Database {
  const onError = options.onError ?? (() => {});
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 16,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    query_timeout: 30_000,
    // A connection that died with its machine would otherwise hang for minutes.
    keepAlive: true,
    application_name: 'sconce',
  });
  pool.on('error', onError);
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: false, statementNameGenerator: nameStatements() }),
  });
  return {
    tx: prisma,
    pool,
    transaction: (work) => prisma.$transaction(work, { maxWait: 5_000, timeout: 15_000 }),
    listen: (channel, onMessage, signal) => listen(options.url, channel, onMessage, onError, signal),
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

/** One connection of its own per listener, made again for as long as the signal lives. Resolves when it aborts. */
async function listen(
  url: string,
  channel: Channel,
  onMessage: (payload: string | null) => void,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      application_name: `sconce ${channel}`,
    });
    try {
      const ended = new Promise<void>((resolve) => {
        client.on('error', () => resolve());
        client.on('end', () => resolve());
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      client.on('notification', (message) => onMessage(message.payload ?? ''));
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      failures = 0;
      onMessage(null);
      await ended;
    } catch (error) {
      onError(error);
    } finally {
      await client.end().catch(() => {});
    }
    if (!signal.aborted) await pause(Math.min(2_000, 50 * 2 ** failures), signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
