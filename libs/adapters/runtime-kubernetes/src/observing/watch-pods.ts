import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { isId, type ServiceId } from '@sconce/core';
import { homeLabel, type ListOf, type ObjectFacts, pathOf, selector } from '@sconce/kubernetes-api';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';
import { label } from '../names.ts';

/** A watch ends by itself after a while, and is then begun anew where it was. */
const watchSeconds = 240;
/** The API server sends a bookmark about once a minute: more silence than this is a connection that is dead without saying so. */
const silenceMs = 150_000;
const firstPauseMs = 200;
const longestPauseMs = 10_000;

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ObjectFacts & { readonly code?: number };
}

/**
 * Says of which services a pod has changed, until the signal. What an event holds is not used beyond that: whoever hears of it looks for themselves. Whatever
 * ends the watch (410, 5xx, a cut or silent connection, half a line), all pods are listed anew, and what differs from what was known is said.
 */
export async function watchPods(
  parts: KubernetesParts,
  onChange: (service: ServiceId) => void,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map<string, ObjectFacts['metadata']>();
  const tell = ({ labels }: ObjectFacts['metadata']) => {
    const service = labels?.[label.service];
    if (isId('svc', service) && !signal.aborted) onChange(service);
  };
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      let place: string | null = await listAnew(parts, known, tell);
      while (place !== null && !signal.aborted) {
        place = await watchOnce(parts, place, known, tell, signal);
        if (place !== null) pauseMs = firstPauseMs / 2;
      }
    } catch {
      // Whatever it was, the next listing tells what was missed; an API that is away is said by `observe`.
    }
    await parts.clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

type Known = Map<string, ObjectFacts['metadata']>;
type Tell = (metadata: ObjectFacts['metadata']) => void;

async function listAnew({ api, options }: KubernetesParts, known: Known, tell: Tell): Promise<string> {
  const query = { labelSelector: selector({ [label.home]: homeLabel(options.home) }) };
  const list = await api.call<ListOf<ObjectFacts>>('listing pods', { method: 'GET', path: pathOf('Pod', null), query });
  const before = new Map(known);
  known.clear();
  for (const { metadata } of list.items) {
    known.set(metadata.uid, metadata);
    if (before.get(metadata.uid)?.resourceVersion !== metadata.resourceVersion) tell(metadata);
    before.delete(metadata.uid);
  }
  for (const gone of before.values()) tell(gone);
  return list.metadata.resourceVersion;
}

/** The place to go on from; null when there is none, and all is to be listed anew. */
async function watchOnce(
  parts: KubernetesParts,
  from: string,
  known: Known,
  tell: Tell,
  signal: AbortSignal,
): Promise<string | null> {
  let place = from;
  const stream = await openWatch(parts, from, signal);
  const watchdog = setTimeout(() => stream.destroy(), silenceMs);
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      watchdog.refresh();
      const { type, object } = JSON.parse(line) as WatchEvent;
      if (type === 'ERROR') return null;
      place = object.metadata.resourceVersion;
      if (type === 'BOOKMARK') continue;
      if (type === 'DELETED') known.delete(object.metadata.uid);
      else known.set(object.metadata.uid, object.metadata);
      tell(object.metadata);
    }
  } finally {
    clearTimeout(watchdog);
    stream.destroy();
  }
  return place === from ? null : place;
}

function openWatch({ api, options }: KubernetesParts, from: string, signal: AbortSignal): Promise<Readable> {
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: from,
    timeoutSeconds: watchSeconds,
    labelSelector: selector({ [label.home]: homeLabel(options.home) }),
  };
  return api.stream('watching pods', pathOf('Pod', null), query, signal);
}
