import type { LogLine } from '@sconce/core';
import { type Database, lastLogLine, readLogLines } from '@sconce/db';
import type { Log } from '@sconce/foundation';
import { followTail, SharedTail, type TailSource } from './shared-tail.ts';

const pollMs = 2_000;

interface Feed {
  readonly tail: SharedTail<LogLine, number>;
  readonly source: TailSource<LogLine, number>;
  followers: number;
}

/** Live log streams. One LISTEN for the whole process; each stream that somebody follows is read once, however many do. */
export class LogFeeds {
  readonly #db: Database;
  readonly #log: Log;
  readonly #feeds = new Map<string, Feed>();

  constructor(db: Database, log: Log) {
    this.#db = db;
    this.#log = log;
  }

  /** Listens until the signal aborts. Announcements are hints: a poll makes up for lost ones. */
  async run(signal: AbortSignal): Promise<void> {
    const timer = setInterval(() => this.#refresh(null), pollMs);
    timer.unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    await this.#db.listen('sconce_log', (stream) => this.#refresh(stream), signal);
  }

  #refresh(stream: string | null): void {
    for (const feed of stream === null ? this.#feeds.values() : [this.#feeds.get(stream)]) {
      feed?.tail.refresh();
      // Streams that end with their thing look whether it has.
      if (stream === null) feed?.tail.wake();
    }
  }

  /** Lets those who follow the stream look again, because the thing it belongs to moved. */
  nudge(stream: string): void {
    this.#feeds.get(stream)?.tail.refresh();
    this.#feeds.get(stream)?.tail.wake();
  }

  get following(): number {
    return [...this.#feeds.values()].reduce((sum, feed) => sum + feed.followers, 0);
  }

  async lastLine(stream: string): Promise<number> {
    return lastLogLine(this.#db.tx, stream);
  }

  /** Lines after number `after`, in order, none missed and none twice. */
  async *follow(
    stream: string,
    options: { readonly after: number; readonly signal: AbortSignal; readonly ended?: () => Promise<boolean> },
  ): AsyncGenerator<readonly LogLine[]> {
    const feed = await this.#acquire(stream);
    try {
      yield* followTail(feed.tail, feed.source, options);
    } finally {
      feed.followers -= 1;
      if (feed.followers === 0) this.#feeds.delete(stream);
    }
  }

  async #acquire(stream: string): Promise<Feed> {
    const head = this.#feeds.has(stream) ? 0 : await lastLogLine(this.#db.tx, stream);
    const feed = this.#feeds.get(stream) ?? this.#open(stream, head);
    feed.followers += 1;
    feed.tail.refresh();
    return feed;
  }

  #open(stream: string, head: number): Feed {
    const source: TailSource<LogLine, number> = {
      read: (after) => readLogLines(this.#db.tx, stream, after, 500),
      positionOf: (line) => line.line,
      compare: (a, b) => a - b,
      keep: 4_000,
      onError: (error) => this.#log.warn({ err: error, stream }, 'could not read a log'),
    };
    const feed = { tail: new SharedTail(source, head), source, followers: 0 };
    this.#feeds.set(stream, feed);
    return feed;
  }
}
