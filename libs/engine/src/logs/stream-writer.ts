import { appendLogBatch, LogStreamMoved, lastLogLine, type NewLogLine, trimLog } from '@sconce/db';
import type { Deps } from '../deps.ts';

/** The one writer of a service's log: numbers lines in the order they come, and stores them in batches. */
export interface StreamWriter {
  /** Resolves at once, or, when storing cannot keep up, once there is room again. Rejects when the writer was ended. */
  write(replica: string, cursor: string, line: NewLogLine): Promise<void> | void;
  /** Resolves when all that was written before is stored, or the writer was ended. */
  flushed(): Promise<void>;
  /** Forgets what is not stored: it is read again from the stored cursors. */
  end(reason: Error): void;
}

const linesPerBatch = 500;
/** Two batches are at least this far apart, so that many lines make few statements; the first of a pause goes at once. */
const batchEveryMs = 10;
const roomForLines = 5_000;
const keptBytes = 64 * 1024 * 1024;
const trimEveryBytes = 4 * 1024 * 1024;

interface Waiting {
  readonly replica: string;
  readonly cursor: string;
  readonly line: NewLogLine;
}

/** `onBroken` is called once, when lines could not be stored: everything is to be read again from the stored cursors. */
export function createStreamWriter(deps: Deps, stream: string, onBroken: (error: Error) => void): StreamWriter {
  let queue: Waiting[] = [];
  let after: number | null = null;
  let storing: Promise<void> | null = null;
  let lastBatchAt = 0;
  let sinceTrim = 0;
  let ended: Error | null = null;
  let room: {
    readonly promise: Promise<void>;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  } | null = null;

  const end = (reason: Error) => {
    if (ended !== null) return;
    ended = reason;
    queue = [];
    room?.reject(reason);
    room = null;
  };

  const store = async (): Promise<void> => {
    after ??= await lastLogLine(deps.db.tx, stream);
    while (queue.length > 0 && ended === null) {
      const waitMs = lastBatchAt + batchEveryMs - performance.now();
      // Also in tests with a clock of their own: this is about the machine's load, not about time.
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      lastBatchAt = performance.now();
      const batch = queue.slice(0, linesPerBatch);
      const cursors = new Map(batch.map(({ replica, cursor }) => [replica, cursor]));
      const lines = batch.map(({ line }) => line);
      await appendLogBatch(deps.db, { stream, after, lines, cursors });
      after += batch.length;
      queue = queue.slice(batch.length);
      if (queue.length < roomForLines / 2) {
        room?.resolve();
        room = null;
      }
      await trimNowAndThen(lines);
    }
  };

  const trimNowAndThen = async (lines: readonly NewLogLine[]): Promise<void> => {
    for (const line of lines) sinceTrim += line.text.length + 100;
    if (sinceTrim < trimEveryBytes) return;
    sinceTrim = 0;
    await trimLog(deps.db.tx, stream, keptBytes);
  };

  const startStoring = () => {
    storing ??= store()
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error : new Error(String(error));
        if (ended !== null) return;
        deps.log.warn(
          { stream, err: reason, moved: reason instanceof LogStreamMoved },
          'log lines were not stored; they are read again',
        );
        end(reason);
        onBroken(reason);
      })
      .finally(() => {
        storing = null;
        if (queue.length > 0 && ended === null) startStoring();
      });
  };

  return {
    write: (replica, cursor, line) => {
      if (ended !== null) throw ended;
      queue.push({ replica, cursor, line });
      startStoring();
      if (queue.length < roomForLines) return;
      room ??= Promise.withResolvers<void>();
      return room.promise;
    },
    flushed: async () => {
      while (queue.length > 0 && ended === null) await storing;
    },
    end,
  };
}
