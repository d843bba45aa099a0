import { setTimeout as pause } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { visit } from '../../tests/support/browser.ts';
import { tinyRepository } from '../../tests/support/tiny-service.ts';
import { openWorkshop } from '../../tests/support/workshop.ts';
import type { Scene } from './scene.ts';

/** Ten lines, then a hundredth of a second: a shell that started a program for each line would be slower than that. */
const printer =
  '(i=0; while :; do n=0; while [ $n -lt 10 ]; do echo "INFO request $i answered 200 in 12 ms"; i=$((i+1)); n=$((n+1)); done; busybox usleep 8000; done) &';
/** The page keeps so many; until it has them, its memory grows because it should. */
const keptLines = 100_000;
const rowHeightPx = 20;

export interface LogFlow {
  readonly linesPerSecond: number;
  /** Between frames, all the time; and on the same page before the first line came. */
  readonly frameMs: readonly number[];
  readonly quietFrameMs: readonly number[];
  /** What is in use after a collection: when all lines that are kept were there, halfway, and at the end. */
  readonly heapMiB: readonly number[];
  readonly fillingSeconds: number;
}

/** A replica prints a thousand lines a second, and somebody looks. */
export async function measureLogFlow(scene: Scene, seconds: number): Promise<LogFlow> {
  const loud = await openWorkshop(scene.platform, 'loud');
  const { page, context } = await visit(scene.browser, scene.platform);
  try {
    await page.goto(`/p/${loud.service}/logs`);
    await page.getByRole('heading', { name: 'Logs' }).waitFor();
    await page.evaluate(noteFrames);
    await pause(5_000);
    const quietFrameMs = await takeFrames(page);
    await loud.live(await loud.deploy(tinyRepository({ body: 'ok', before: printer }), 'Print'));
    const tools = await context.newCDPSession(page);
    const fromMs = Date.now();
    await waitForLines(page);
    const fillingSeconds = (Date.now() - fromMs) / 1_000;
    await takeFrames(page);
    const watched = await watchFor(page, tools, seconds);
    return { quietFrameMs, fillingSeconds, ...watched };
  } finally {
    await context.close();
    await loud.client.deleteService({ params: { service: loud.service } });
    loud.remove();
  }
}

async function watchFor(page: Page, tools: CDPSession, seconds: number) {
  const frameMs: number[] = [];
  const heapMiB = [await heapOf(tools)];
  const firstLine = await lastLine(page);
  await takeFrames(page);
  const sinceMs = Date.now();
  for (const part of [1, 2, 3, 4]) {
    await pause(sinceMs + (seconds * 1_000 * part) / 4 - Date.now());
    frameMs.push(...(await takeFrames(page)));
    // A collection stops the page; the frame it costs is not the page's.
    heapMiB.push(await heapOf(tools));
    await takeFrames(page);
  }
  const linesPerSecond = ((await lastLine(page)) - firstLine) / ((Date.now() - sinceMs) / 1_000);
  return { frameMs, heapMiB, linesPerSecond };
}

async function waitForLines(page: Page): Promise<void> {
  const height = keptLines * rowHeightPx;
  const isFull = (wanted: number) => (document.querySelector('main [role=log]')?.scrollHeight ?? 0) >= wanted;
  await page.waitForFunction(isFull, height, { polling: 1_000, timeout: 600_000 });
}

const lastLine = async (page: Page): Promise<number> =>
  Number(await page.locator('main [role=log] a[href^="#L"]').last().textContent());

async function heapOf(tools: CDPSession): Promise<number> {
  await tools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await tools.send('Runtime.getHeapUsage');
  return usedSize / 2 ** 20;
}

declare global {
  interface Window {
    frameTimes?: number[];
  }
}

function noteFrames(): void {
  window.frameTimes = [];
  let before = performance.now();
  const note = (nowMs: number) => {
    window.frameTimes?.push(nowMs - before);
    before = nowMs;
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
}

/** Those since it was last asked. */
const takeFrames = (page: Page): Promise<number[]> => page.evaluate(() => window.frameTimes?.splice(0) ?? []);
