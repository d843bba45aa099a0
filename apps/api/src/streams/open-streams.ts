import type { Caller, Unauthenticated } from '@sconce/engine';
import { ApiError } from '../endpoint/api-error.ts';

export interface OpenStream {
  readonly tokenId: string;
  /** The token as it came; kept in memory while the stream is open, to ask again whether it still works. */
  readonly bearer: string;
  /** Whether who it is now may still see what is streamed. */
  readonly isAllowed: (caller: Caller) => boolean;
  readonly end: () => void;
}

/** Streams that are open in this process: not too many for one caller, and none for longer than its token works. */
export class OpenStreams {
  readonly #most: number;
  readonly #byToken = new Map<string, Set<OpenStream>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Answers how to take it off the list. Throws `ApiError` rate_limited. */
  enter(stream: OpenStream): () => void {
    const streams = this.#byToken.get(stream.tokenId) ?? new Set();
    if (streams.size >= this.#most) {
      throw new ApiError('rate_limited', `This token has ${streams.size} streams open; more are not served at once`, {
        hint: 'Close those that nobody reads.',
        headers: { 'retry-after': '5' },
      });
    }
    streams.add(stream);
    this.#byToken.set(stream.tokenId, streams);
    return () => {
      streams.delete(stream);
      if (streams.size === 0) this.#byToken.delete(stream.tokenId);
    };
  }

  /** Ends at once what these tokens have open here. Other processes notice by themselves, within a second. */
  endOf(tokenIds: readonly string[]): void {
    for (const id of tokenIds) for (const stream of [...(this.#byToken.get(id) ?? [])]) stream.end();
  }

  /** Asks every `everyMs`, once for each token, and ends what is not allowed any more. A database that is away ends nothing. */
  async run(
    authenticate: (bearer: string) => Promise<Caller | Unauthenticated>,
    everyMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      await pause(everyMs, signal);
      for (const streams of [...this.#byToken.values()]) {
        const [first] = streams;
        const caller = first ? await authenticate(first.bearer).catch(() => null) : null;
        if (caller === null) continue;
        for (const stream of [...streams]) if (typeof caller === 'string' || !stream.isAllowed(caller)) stream.end();
      }
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
