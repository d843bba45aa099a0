import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Kind, type KubernetesApi, type ListOf, type ObjectFacts, pathOf } from '@sconce/kubernetes-api';
import type { Clock } from '@sconce/ports';

/** A watch ends by itself after a while, and is then begun anew where it was. */
const watchSeconds = 240;
/** The API server sends a bookmark about once a minute: more silence than this is a connection that is dead without saying so. */
const silenceMs = 150_000;
const firstPauseMs = 200;
const longestPauseMs = 10_000;

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number };
}

export interface WatchParts {
  readonly api: KubernetesApi;
  readonly clock: Clock;
}

interface WatchedKind {
  readonly kind: Kind;
  /** Empty: all of them. */
  readonly labelSelector: string;
}

interface WatchListener<T> {
  /** All that there are now. What is missing of what was there before is gone. */
  listed(all: readonly T[]): void;
  changed(object: T, isGone: boolean): void;
  /** From now on nothing is heard, until the next listing. */
  ended(): void;
}

/** Tells of objects of one kind in all namespaces until the signal. Whatever ends a watch (410, 5xx, a cut or silent connection, half a line), all are listed anew. */
export async function watchObjects<T extends ObjectFacts>(
  parts: WatchParts,
  of: WatchedKind,
  on: WatchListener<T>,
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      let place: string | null = await listAnew(parts, of, on);
      while (place !== null && !signal.aborted) {
        place = await watchOnce(parts, of, place, on, signal);
        if (place !== null) pauseMs = firstPauseMs / 2;
      }
    } catch {
      // Whatever it was, the next listing tells what was missed; an API that is away is said by `observe`.
    }
    on.ended();
    await parts.clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

async function listAnew<T extends ObjectFacts>(
  { api }: WatchParts,
  { kind, labelSelector }: WatchedKind,
  on: WatchListener<T>,
): Promise<string> {
  const query = { labelSelector: labelSelector || undefined };
  const list = await api.call<ListOf<T>>(`listing ${kind}s`, { method: 'GET', path: pathOf(kind, null), query });
  on.listed(list.items);
  return list.metadata.resourceVersion;
}

/** The place to go on from; null when there is none, and all is to be listed anew. */
async function watchOnce<T extends ObjectFacts>(
  parts: WatchParts,
  of: WatchedKind,
  from: string,
  on: WatchListener<T>,
  signal: AbortSignal,
): Promise<string | null> {
  let place = from;
  const stream = await openWatch(parts, of, from, signal);
  const watchdog = setTimeout(() => stream.destroy(), silenceMs);
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      watchdog.refresh();
      const { type, object } = JSON.parse(line) as WatchEvent<T>;
      if (type === 'ERROR') return null;
      place = object.metadata.resourceVersion;
      if (type !== 'BOOKMARK') on.changed(object, type === 'DELETED');
    }
  } finally {
    clearTimeout(watchdog);
    stream.destroy();
  }
  return place === from ? null : place;
}

function openWatch(
  { api }: WatchParts,
  { kind, labelSelector }: WatchedKind,
  from: string,
  signal: AbortSignal,
): Promise<Readable> {
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: from,
    timeoutSeconds: watchSeconds,
    labelSelector: labelSelector || undefined,
  };
  return api.stream(`watching ${kind}s`, pathOf(kind, null), query, signal);
}
