import { ApiProblem, type Me } from '@sconce/contract';
import { cache } from '../api/cache.ts';
import { client } from '../api/client.ts';
import { forgetEarlyAnswers } from '../api/early-answers.ts';
import { figuresQuery, projectsQuery, servicesQuery } from '../api/queries.ts';
import { sessionBegan } from '../api/session.ts';
import { runEventFeed } from '../live/event-feed.ts';
import { tellHeard } from '../live/heard.ts';
import { LiveCache } from '../live/live-cache.ts';
import { setLiveStatus } from '../live/live-status.ts';
import { MeasuredCache, measuredType } from '../live/measured-cache.ts';
import { clusterMeasuredType, takeClusters } from '../live/measured-clusters.ts';
import { serverNow } from '../words/server-clock.ts';
import { streamMeta } from './early-lists.ts';
import { homePath } from './paths.ts';

/** Before any event. */
const beginning = '0.0';
/** Connections break and come back; only what lasts longer is worth a word. */
const graceMs = 2_000;
/** People do not see that a page waits so long. */
const drawMs = 200;

let feed: AbortController | null = null;
let before: Me | null = null;

/** Tabs tell each other that somebody signed in. */
export const enteredChannel = 'sconce-entered';
const channel = new BroadcastChannel(enteredChannel);

/**
 * Asks who is here, and where the stream of events stands: what is read after that is never older than what the stream goes on with. Throws
 * `ApiProblem` 401 where nobody is signed in.
 */
export async function enter(signal?: AbortSignal): Promise<Me> {
  const asked = signal ? { signal } : {};
  const newest =
    takeStreamPlace() ?? client.listEvents({ query: { limit: 1 }, ...asked }).then(({ data }) => data[0]?.cursor);
  const [me, place] = await Promise.all([client.getMe(asked), newest]);
  if (before !== null && before.user?.id !== me.user?.id) cache.clear();
  else if (before !== null) void cache.invalidateQueries();
  const isFirst = before === null;
  before = me;
  cache.setQueryData(['me'], me);
  startFeed(place ?? beginning);
  if (isFirst) await readFirst();
  sessionBegan();
  channel.postMessage(null);
  return me;
}

/** Where the stream of events stood when the page was sent; null from the second time on, and where the page was sent to a stranger. */
function takeStreamPlace(): string | null {
  const meta = document.querySelector<HTMLMetaElement>(`meta[name=${streamMeta}]`);
  meta?.remove();
  return meta?.content ?? null;
}

/**
 * Reads what every page shows, before any is drawn: drawn once with it is sooner than drawn twice. Where it does not come at once, pages say themselves
 * that they wait, or what is wrong.
 */
async function readFirst(): Promise<void> {
  const reads = [cache.prefetchQuery(projectsQuery), cache.prefetchQuery(servicesQuery)];
  if (location.pathname === homePath) reads.push(cache.prefetchQuery(figuresQuery));
  forgetEarlyAnswers();
  await Promise.race([Promise.all(reads), new Promise((resolve) => setTimeout(resolve, drawMs))]);
}

export const isStranger = (error: unknown): boolean => error instanceof ApiProblem && error.status === 401;

function startFeed(after: string): void {
  feed?.abort();
  feed = new AbortController();
  const { signal } = feed;
  const live = new LiveCache(cache, (service) => client.getService({ params: { service } }));
  const measured = new MeasuredCache(cache);
  let grace: ReturnType<typeof setTimeout> | null = null;
  const onStatus = (isLive: boolean) => {
    if (isLive) {
      if (grace !== null) clearTimeout(grace);
      grace = null;
      live.readAgain();
      return setLiveStatus({ is: 'live' });
    }
    // Told again with each new try that fails; the first one counts.
    const sinceMs = serverNow();
    grace ??= setTimeout(() => setLiveStatus({ is: 'down', sinceMs }), graceMs);
  };
  void runEventFeed({
    follow: (input) => client.follow.listEvents({ ...input, query: { measured: true, audited: true } }),
    after,
    onEvents: (events) => {
      const kept = events.filter(({ type }) => type !== measuredType && type !== clusterMeasuredType);
      live.take(kept);
      tellHeard(kept);
      measured.take(events.filter(({ type }) => type === measuredType));
      takeClusters(
        cache,
        events.filter(({ type }) => type === clusterMeasuredType),
      );
    },
    onStatus,
    onRefused: () => onStatus(false),
    signal,
  });
}
