import { type Database, touchTokens } from '@sconce/db';
import type { Caller } from '@sconce/engine';
import type { Log } from '@sconce/foundation';

const everyMs = 10_000;
const freshMs = 60_000;

/** When tokens were last used: gathered in memory and written together, at most once a minute for each, never while a request waits. */
export class LastUse {
  readonly #db: Database;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #uses = new Map<string, Date>();

  constructor(db: Database, log: Log) {
    this.#db = db;
    this.#log = log;
    this.#timer = setInterval(() => void this.flush(), everyMs);
    this.#timer.unref();
  }

  note(caller: Caller): void {
    const now = Date.now();
    if (caller.lastUsedAt !== null && now - caller.lastUsedAt.getTime() < freshMs) return;
    this.#uses.set(caller.tokenId, new Date(now));
  }

  async flush(): Promise<void> {
    const uses = this.#uses;
    if (uses.size === 0) return;
    this.#uses = new Map();
    await touchTokens(this.#db.tx, uses).catch((error: unknown) =>
      this.#log.warn({ err: error, tokens: uses.size }, 'could not note when tokens were used'),
    );
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
