import { type Database, eventHorizon, readStream, type StoredEvent } from '@sconce/db';
import type { Log } from '@sconce/foundation';
import { followTail, SharedTail, type TailSource } from './shared-tail.ts';

const pollMs = 2_000;
/** An announced event shows only when all older transactions have ended; until then it is looked for again. */
const lookAgainMs = [10, 30, 80, 200, 500, 1_000];

/** Live events, and rows of the audit log. One LISTEN and one reader for the whole process; followers choose what they want of it. */
export class EventFeed {
  readonly #db: Database;
  readonly #source: TailSource<StoredEvent, string>;
  readonly #watchers = new Set<() => void>();
  #tail: SharedTail<StoredEvent, string> | null = null;
  #followers = 0;
  #timers: NodeJS.Timeout[] = [];

  constructor(db: Database, log: Log) {
    this.#db = db;
    this.#source = {
      read: (after) => readStream(db.tx, after, 500),
      positionOf: (event) => event.cursor,
      compare: compareCursors,
      keep: 4_000,
      onError: (error) => log.warn({ err: error }, 'could not read events'),
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    const timer = setInterval(() => this.#tail?.refresh(), pollMs);
    timer.unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    await this.#db.listen('sconce_event', () => this.#announced(), signal);
  }

  #announced(): void {
    for (const watcher of [...this.#watchers]) watcher();
    if (!this.#tail) return;
    this.#tail.refresh();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = lookAgainMs.map((ms) => setTimeout(() => this.#tail?.refresh(), ms).unref());
  }

  /** Calls back after each announcement, whatever it is about. */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  /** Resolves with the next announcement, after `ms`, or with the signal. Take it before looking, so that none is missed in between. */
  nextChange(ms: number, signal: AbortSignal): { readonly arrived: Promise<void>; cancel(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => done(), ms);
    const unwatch = this.watch(() => done());
    const done = () => {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done);
    return { arrived: promise, cancel: done };
  }

  get following(): number {
    return this.#followers;
  }

  horizon(): Promise<string> {
    return eventHorizon(this.#db.tx);
  }

  /** All events after the cursor, oldest first, none missed and none twice. */
  async *follow(after: string, signal: AbortSignal): AsyncGenerator<readonly StoredEvent[]> {
    const start = this.#tail ? '' : await this.horizon();
    this.#tail ??= new SharedTail(this.#source, start);
    this.#followers += 1;
    try {
      this.#tail.refresh();
      yield* followTail(this.#tail, this.#source, { after, signal });
    } finally {
      this.#followers -= 1;
      if (this.#followers === 0) this.#tail = null;
    }
  }
}

/** Cursors are `<transaction>.<position>`; both only rise. */
export function compareCursors(a: string, b: string): number {
  const [aTx, aPosition] = parts(a);
  const [bTx, bPosition] = parts(b);
  if (aTx !== bTx) return aTx < bTx ? -1 : 1;
  return aPosition === bPosition ? 0 : aPosition < bPosition ? -1 : 1;
}

function parts(cursor: string): [bigint, bigint] {
  const [tx = '0', position = '0'] = cursor.split('.');
  return [BigInt(tx), BigInt(position)];
}
