import { compileMaskPatterns, type LogLine, type MaskPatterns, type ServiceId } from '@sconce/core';
import { readLastLogLines, readLogCursor, type ServiceStateRow } from '@sconce/db';
import { backoffMs } from '@sconce/foundation';
import type { ObservedReplica, Runtime, SecretOpener } from '@sconce/ports';
import { secretValuesOf } from '../configuration/open-configuration.ts';
import type { Deps } from '../deps.ts';
import { createStreamWriter, type StreamWriter } from './stream-writer.ts';
import { createLineMaker } from './to-log-line.ts';

export type CollectorDeps = Deps & { readonly runtime: Runtime; readonly secretOpener: SecretOpener };

export interface LogCollector {
  /** Reads the logs of these replicas from where each was left; called with every look at a service. */
  follow(service: ServiceStateRow, replicas: readonly ObservedReplica[]): void;
  /** The replica's last lines as far as they can be had at once: what is stored, and what the runtime has beyond it. */
  lastLines(service: ServiceStateRow, replica: string): Promise<readonly LastLogLine[]>;
  /** Ends when the signal that it was made with aborted and all readers have ended. */
  ended(): Promise<void>;
}

export type LastLogLine = Pick<LogLine, 'at' | 'stream' | 'text'>;

interface ServiceLog {
  writer: StreamWriter;
  /** Aborted to read everything again from the stored cursors. */
  readers: AbortController;
  readonly following: Map<string, { readonly name: string; readonly release: string; readonly done: Promise<void> }>;
  row: ServiceStateRow;
  present: readonly ObservedReplica[];
}

const shownLines = 20;
const firstRetryMs = 250;

/**
 * Moves what replicas print into the log of their service: in order per replica, each line once, also after a crash of this process at any
 * point, since lines and cursors are stored together. One process does it at a time, the one that leads.
 */
export function collectLogs(deps: CollectorDeps, signal: AbortSignal): LogCollector {
  const services = new Map<ServiceId, ServiceLog>();
  const masks = new Map<string, Promise<MaskPatterns>>();

  const openService = (row: ServiceStateRow): ServiceLog => {
    const log: ServiceLog = {
      writer: createStreamWriter(deps, row.id, () => startOver(log)),
      readers: new AbortController(),
      following: new Map(),
      row,
      present: [],
    };
    services.set(row.id, log);
    return log;
  };

  const startOver = (log: ServiceLog) => {
    log.readers.abort();
    const old = [...log.following.values()].map((reader) => reader.done);
    void Promise.allSettled(old)
      .then(() => deps.clock.sleep(backoffMs(1, firstRetryMs, 2_000) + firstRetryMs, signal))
      .then(() => {
        log.writer = createStreamWriter(deps, log.row.id, () => startOver(log));
        log.readers = new AbortController();
        followPresent(log);
      })
      .catch(() => {});
  };

  const followPresent = (log: ServiceLog) => {
    if (signal.aborted || log.readers.signal.aborted) return;
    for (const replica of log.present) {
      if (log.following.has(replica.id) || replica.startedAt === null) continue;
      const done = read(log, replica)
        .catch((error: unknown) => {
          if (signal.aborted || log.readers.signal.aborted) return;
          deps.log.warn({ service: log.row.id, replica: replica.name, err: error }, 'a log is read again');
        })
        .finally(() => log.following.delete(replica.id));
      log.following.set(replica.id, { name: replica.name, release: replica.release, done });
    }
  };

  const read = async (log: ServiceLog, replica: ObservedReplica): Promise<void> => {
    const { writer } = log;
    const until = AbortSignal.any([signal, log.readers.signal]);
    const patterns = await masksOf(log.row, replica.release);
    const maker = createLineMaker(patterns, { replica: replica.name, release: replica.release });
    const from = await readLogCursor(deps.db.tx, replica.id);
    for await (const line of deps.runtime.logs({ service: log.row.id, id: replica.id }, from, until)) {
      if (until.aborted) return;
      const room = writer.write(replica.id, line.cursor, maker.make(line));
      if (room) await room;
    }
    // The replica is gone, or its engine is: if it is still seen, the next look reads on.
    await writer.flushed();
  };

  const masksOf = (row: ServiceStateRow, releaseId: string): Promise<MaskPatterns> => {
    const known = masks.get(releaseId);
    if (known) return known;
    const release = row.releases.find((each) => each.id === releaseId);
    const made = release
      ? secretValuesOf(deps, release.spec).then(compileMaskPatterns)
      : Promise.reject(new Error(`release ${releaseId} is not known, so its secrets could not be masked`));
    masks.set(releaseId, made);
    made.catch(() => masks.delete(releaseId));
    return made;
  };

  const forget = (log: ServiceLog) => {
    const kept = new Set(log.present.map((replica) => replica.release));
    for (const { id } of log.row.releases) if (!kept.has(id)) masks.delete(id);
    if (log.present.length === 0 && log.following.size === 0) services.delete(log.row.id);
  };

  return {
    follow: (row, replicas) => {
      if (replicas.length === 0 && !services.has(row.id)) return;
      const log = services.get(row.id) ?? openService(row);
      log.row = row;
      log.present = replicas;
      followPresent(log);
      forget(log);
    },
    lastLines: async (row, id) => {
      const log = services.get(row.id);
      const replica = log?.present.find((each) => each.id === id);
      if (!replica) return [];
      const stored = (await readLastLogLines(deps.db.tx, row.id, 500)).filter((line) => line.replica === replica.name);
      const rest = await readRest(deps, row, replica, await masksOf(row, replica.release), signal);
      return [...stored, ...rest].slice(-shownLines).map(({ at, stream, text }) => ({ at, stream, text }));
    },
    ended: async () => {
      const readers = [...services.values()].flatMap((log) => [...log.following.values()].map((reader) => reader.done));
      await Promise.allSettled(readers);
      for (const log of services.values()) log.writer.end(new Error('the collector has ended'));
    },
  };
}

const restMs = 1_500;
const quietMs = 150;

/** What the runtime has after the stored cursor: read until nothing more comes for a moment. */
async function readRest(
  deps: CollectorDeps,
  row: ServiceStateRow,
  replica: ObservedReplica,
  patterns: MaskPatterns,
  signal: AbortSignal,
): Promise<LastLogLine[]> {
  const done = new AbortController();
  const until = AbortSignal.any([signal, done.signal, AbortSignal.timeout(restMs)]);
  const maker = createLineMaker(patterns, { replica: replica.name, release: replica.release });
  const from = await readLogCursor(deps.db.tx, replica.id);
  const lines: LastLogLine[] = [];
  let quiet = setTimeout(() => done.abort(), quietMs * 2);
  try {
    for await (const line of deps.runtime.logs({ service: row.id, id: replica.id }, from, until)) {
      clearTimeout(quiet);
      quiet = setTimeout(() => done.abort(), quietMs);
      lines.push(maker.make(line));
      if (lines.length > shownLines) lines.shift();
    }
  } catch (error) {
    if (!until.aborted) deps.log.warn({ replica: replica.name, err: error }, 'last lines could not be read');
  } finally {
    clearTimeout(quiet);
  }
  return lines;
}
