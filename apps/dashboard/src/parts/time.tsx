import { duration, spokenDuration } from '../words/duration.ts';
import { ago, agoChangesInMs, clock, exactly } from '../words/moment.ts';
import { serverNow } from '../words/server-clock.ts';
import { useNow } from './now.ts';

/** `5 min ago`; the exact time when pointed at, and in what is copied. */
export function Ago({ at }: { readonly at: string }) {
  const atMs = Date.parse(at);
  const step = agoChangesInMs(atMs, serverNow());
  const now = useNow(step);
  return (
    <time dateTime={at} title={exactly(atMs)}>
      {ago(atMs, Math.max(now, atMs))}
    </time>
  );
}

/** `14:03`, or `23 Nov, 14:03`. */
export function Clock({ at }: { readonly at: string }) {
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={exactly(atMs)}>
      {clock(atMs, useNow(60_000))}
    </time>
  );
}

/** `1:12` since `at`, counting. Not read out again and again: what it stands in says that something is under way. */
export function Elapsed({ since }: { readonly since: string }) {
  const sinceMs = Date.parse(since);
  const now = useNow(1_000);
  return (
    <time dateTime={since} title={`since ${exactly(sinceMs)}`}>
      {duration(now - sinceMs)}
    </time>
  );
}

export function Duration({ ms }: { readonly ms: number }) {
  return <span title={spokenDuration(ms)}>{duration(ms)}</span>;
}
