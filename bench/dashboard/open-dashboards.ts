import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@sconce/contract';
import { cpuSeconds } from '../gateway/measure.ts';
import type { Scene } from './scene.ts';

const dashboards = 50;

export interface OpenDashboards {
  /** Of one core: the API's process with nobody looking, and with fifty open dashboards. */
  readonly alonePercent: number;
  readonly watchedPercent: number;
  /** What each stream brought, fewest and most. */
  readonly told: readonly [number, number];
}

/** What fifty open dashboards cost the API while nothing happens but a few requests a second to a service. */
export async function measureOpenDashboards({ platform, workshop }: Scene, seconds: number): Promise<OpenDashboards> {
  const stop = new AbortController();
  const traffic = callNowAndThen(workshop.url, stop.signal);
  const pid = platform.processes.api.pid;
  try {
    await pause(5_000);
    const alonePercent = await percentOfCore(pid, seconds);
    const told: number[] = new Array(dashboards).fill(0);
    const streams = told.map((_, index) =>
      watch(platform.apiUrl, platform.token, stop.signal, () => {
        told[index] = (told[index] ?? 0) + 1;
      }),
    );
    await Promise.all(streams.map(({ opened }) => opened));
    await pause(2_000);
    const watchedPercent = await percentOfCore(pid, seconds);
    stop.abort();
    await Promise.all(streams.map(({ ended }) => ended));
    return { alonePercent, watchedPercent, told: [Math.min(...told), Math.max(...told)] };
  } finally {
    stop.abort();
    await traffic;
  }
}

/** One stream, as the page opens it: all events from now on, with what is measured. */
function watch(baseUrl: string, token: string, signal: AbortSignal, onItem: () => void) {
  const { promise: opened, resolve: onOpen, reject } = Promise.withResolvers<void>();
  const ended = (async () => {
    const { follow, listEvents } = createClient({ baseUrl, token });
    const newest = await listEvents({ query: { limit: 1 } });
    const after = newest.data[0]?.cursor ?? '0.0';
    for await (const _ of follow.listEvents({ query: { measured: true }, after, signal, onOpen })) onItem();
  })().catch((error: unknown) => {
    if (!signal.aborted) reject(error);
  });
  return { opened, ended };
}

async function callNowAndThen(url: URL, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
    await pause(200, undefined, { signal }).catch(() => {});
  }
}

async function percentOfCore(pid: number, seconds: number): Promise<number> {
  const before = await cpuSeconds(pid);
  const sinceMs = performance.now();
  await pause(seconds * 1_000);
  return ((await cpuSeconds(pid)) - before) / ((performance.now() - sinceMs) / 100_000);
}
