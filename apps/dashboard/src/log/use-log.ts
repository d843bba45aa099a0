import { ApiProblem, type LogLine } from '@sconce/contract';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { client } from '../api/client.ts';
import { somebodyKnown } from '../api/session.ts';
import { LogBuffer } from './log-buffer.ts';

export interface LogSource {
  readonly of: 'service' | 'build';
  readonly id: string;
  /** With how many lines from before it begins; null: with all. */
  readonly tail: number | null;
  readonly filter?: LogFilter;
}

export interface LogFilter {
  readonly text?: string;
  readonly level?: string;
  readonly replica?: string;
  readonly release?: string;
}

/** Lines kept in memory at most. */
const mostLines = 100_000;

/** Follows a log from its last lines on, over as many connections as it takes, until nobody looks any more. */
export function useLog(source: LogSource): LogBuffer {
  const key = JSON.stringify(source);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another source, another buffer.
  const buffer = useMemo(() => new LogBuffer(mostLines), [key]);
  useEffect(() => {
    const abort = new AbortController();
    void fill(buffer, JSON.parse(key) as LogSource, abort.signal);
    return () => abort.abort();
  }, [buffer, key]);
  useSyncExternalStore(buffer.subscribe, buffer.version);
  return buffer;
}

async function fill(buffer: LogBuffer, source: LogSource, signal: AbortSignal): Promise<void> {
  let after: string | null = null;
  while (!signal.aborted) {
    try {
      for await (const line of open(buffer, source, after, signal)) {
        buffer.take(line);
        after = String(line.line);
      }
      return buffer.setState('ended');
    } catch (error) {
      if (signal.aborted) return;
      const isStranger = error instanceof ApiProblem && error.status === 401;
      if (!isStranger) return buffer.setState({ error });
      // The session ended under the page: once somebody signed in again, it goes on after the last line.
      buffer.setState('reconnecting');
      await somebodyKnown(signal).catch(() => {});
    }
  }
}

function open(
  buffer: LogBuffer,
  { of, id, tail, filter = {} }: LogSource,
  after: string | null,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const query = { ...(tail === null ? {} : { tail }), ...filter } as Record<string, never>;
  const following = {
    query,
    signal,
    ...(after === null ? {} : { after }),
    onOpen: () => buffer.setState('following'),
    onReconnect: () => buffer.setState('reconnecting'),
  };
  return of === 'build'
    ? client.follow.listBuildLogs({ params: { build: id }, ...following })
    : client.follow.listServiceLogs({ params: { service: id }, ...following });
}
