import { createTerminal, runCli } from '@sconce/cli';
import type { MetricPoint, ServiceMetrics } from '@sconce/contract';
import { openDatabase } from '@sconce/db';
import { waitUntil } from '@sconce/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBarriers, openBrowser, visit } from '../support/browser.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: Platform;
let browser: Browser;
let shop: Workshop;

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  [platform, browser] = await Promise.all([startPlatform(), openBrowser()]);
  shop = await openWorkshop(platform, 'vision');
  await shop.live(await shop.deploy(tinyRepository({ body: 'one' }), 'First'));
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

/** Asks so often, one after the other, and answers the statuses. */
async function ask(path: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const answer = await fetch(new URL(path, platform.gatewayUrl));
    await answer.arrayBuffer();
    statuses.push(answer.status);
  }
  return statuses;
}

const metrics = (by?: 'release' | 'replica', service = shop.service): Promise<ServiceMetrics> =>
  shop.client.getServiceMetrics({ params: { service }, query: by ? { by } : {} });
const sum = (points: readonly MetricPoint[], of: (point: MetricPoint) => number) =>
  Math.round(points.reduce((all, point) => all + of(point), 0) * 10);

/** Requests per release, of the last hour. */
async function counts(): Promise<Record<string, { all: number; refused: number; failed: number }>> {
  const { series } = await metrics('release');
  return Object.fromEntries(
    series.map(({ release, points }) => [
      release?.name ?? '',
      {
        all: sum(points, (point) => point.requestsPerSecond),
        refused: sum(points, (point) => point.refusedPerSecond),
        failed: sum(points, (point) => point.errorsPerSecond),
      },
    ]),
  );
}
/** A slot has to end, and to arrive. */
const soonMs = 30_000;
const counted = async (expected: Awaited<ReturnType<typeof counts>>) => {
  let seen: unknown = null;
  await waitUntil(
    'the requests to be counted',
    async () => {
      seen = await counts();
      return JSON.stringify(seen) === JSON.stringify(expected);
    },
    soonMs,
    200,
  ).catch(() => {});
  expect(seen).toEqual(expected);
};

describe('requests through the gateway', () => {
  it('are counted for the release that answered them, each once, also while the scheduler is away', async () => {
    const path = '/vision/production/app/';
    expect(new Set(await ask(path, 20))).toEqual(new Set([200]));
    expect(new Set(await ask(`${path}none`, 5))).toEqual(new Set([404]));
    await counted({ r1: { all: 25, refused: 5, failed: 0 } });

    await shop.live(await shop.deploy(tinyRepository({ body: 'two' }), 'Second'));
    await ask(path, 10);
    await counted({ r1: { all: 25, refused: 5, failed: 0 }, r2: { all: 10, refused: 0, failed: 0 } });

    await platform.processes.scheduler.end('SIGKILL');
    await ask(path, 7);
    await platform.processes.scheduler.start();
    await counted({ r1: { all: 25, refused: 5, failed: 0 }, r2: { all: 17, refused: 0, failed: 0 } });
    // Later slots come, and nothing of the earlier ones again.
    await ask(path, 1);
    await counted({ r1: { all: 25, refused: 5, failed: 0 }, r2: { all: 18, refused: 0, failed: 0 } });
    const [whole] = (await metrics()).series;
    const latencies = (whole?.points ?? []).flatMap(({ latencyMs }) => (latencyMs ? [latencyMs.p50] : []));
    expect(latencies.length).toBeGreaterThan(0);
    expect(Math.max(...latencies)).toBeLessThan(5_000);
  });

  it('are errors of the gateway itself where nothing can answer, and of no release', async () => {
    const service = 'vision/production/fresh';
    await shop.client.createService({ params: { environment: 'vision/production' }, body: { slug: 'fresh' } });
    await waitUntil('its route', async () => (await ask('/vision/production/fresh/', 1))[0] === 503, soonMs, 100);
    await ask('/vision/production/fresh/', 6);
    const own = async () =>
      sum((await metrics(undefined, service)).series[0]?.points ?? [], (point) => point.ownErrorsPerSecond);
    await waitUntil('them to be counted', async () => (await own()) >= 7, soonMs, 200);
    expect((await metrics('release', service)).series).toEqual([]);
  });
});

describe('what replicas use', () => {
  it('stands beside each of them, and in the history', async () => {
    const params = { service: shop.service };
    const replica = await waitUntil(
      'the replica to be measured',
      async () => (await shop.client.listReplicas({ params })).data.find(({ usage }) => usage?.memoryMiB),
      soonMs,
      200,
    );
    expect(replica.usage?.memoryMiB).toBeGreaterThan(0.05);
    expect(replica.usage?.cpuMilli).toBeGreaterThanOrEqual(0);
    const { series } = await metrics('replica');
    const own = series.find((one) => one.replica === replica.id);
    expect(own?.points.some(({ memoryMiB }) => (memoryMiB ?? 0) > 0.05)).toBe(true);
    const pools = await shop.client.getClusterMetrics({ params: { cluster: 'local' } });
    expect(pools.pools[0]?.points.some(({ cpuMilli }) => (cpuMilli ?? 0) > 0)).toBe(true);
  });
});

describe('the command line', () => {
  const run = async (...words: string[]) => {
    let [out, said] = ['', ''];
    const write = (to: (part: string) => void) => ({
      write: (part: string) => {
        to(part);
        return true;
      },
    });
    const terminal = createTerminal(
      write((part) => {
        out += part;
      }),
      write((part) => {
        said += part;
      }),
      {},
    );
    const exitCode = await runCli(words, {
      version: 'test',
      checkout: null,
      environment: { SCONCE_API_URL: platform.apiUrl, SCONCE_TOKEN: platform.token },
      directory: platform.home,
      home: platform.home,
      terminal,
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      signal: new AbortController().signal,
    });
    return { exitCode, out, said };
  };

  it('says the same, as a table and as JSON, and what is wrong with a question', async () => {
    const all = await run('metrics');
    expect([all.exitCode, all.out]).toEqual([0, expect.stringMatching(/^vision\/production\/app +[\d.]+\/s /m)]);
    const one = await run('metrics', 'vision/production/app', '--since', '1h', '--step', '10m');
    expect(one.out).toMatch(/^vision\/production\/app, in steps of 10m\nFROM +REQUESTS +ERRORS +P50 /);
    expect(one.out).toMatch(/r1 live, r2 live|r1 live[\s\S]*r2 live/);
    const json = JSON.parse((await run('metrics', '--service', shop.service, '--since', '1h', '--json')).out);
    expect(json).toMatchObject({ step: '10s', service: { path: shop.service } });
    const wrong = await run('metrics', '--service', shop.service, '--since', 'yesterday');
    expect([wrong.exitCode > 0, wrong.said]).toEqual([true, expect.stringContaining('since')]);
  });
});

describe('the pages', () => {
  it('show it, mark releases, keep the range in the address, and go on by themselves without asking', async () => {
    const { page, context, said, foreign } = await visit(browser, platform);
    try {
      await page.goto('/p/vision/production/app');
      const requests = page.getByRole('img', { name: /^Requests over the last hour\. .* at most, at \d\d:\d\d\.$/ });
      await requests.waitFor();
      await page.getByRole('img', { name: /^Latency over the last hour\. p50: .* p95: .* p99: / }).waitFor();
      await page.getByRole('img', { name: /^Memory over the last hour\. .*[KM]iB now/ }).waitFor();
      expect(await page.locator('canvas').count()).toBe(6);
      await page
        .getByRole('table')
        .first()
        .getByText(/^[\d.]+ [KM]iB$/)
        .waitFor();

      await page.getByText('As a table').click();
      await page.getByRole('region', { name: 'Figures in steps of 10s, newest first' }).waitFor();
      expect(await findBarriers(page)).toEqual([]);

      const asked: string[] = [];
      page.on('request', (request) => {
        if (/\/(?:metrics|replicas)/.test(new URL(request.url()).pathname)) asked.push(request.url());
      });
      const before = await requests.getAttribute('aria-label');
      await ask('/vision/production/app/', 400);
      await waitUntil(
        'the graph to go on',
        async () => (await requests.getAttribute('aria-label')) !== before,
        soonMs,
        100,
      );
      expect(asked).toEqual([]);

      await page.getByRole('navigation', { name: 'How far back' }).getByRole('link', { name: '7d' }).click();
      await page.getByRole('img', { name: /^Requests over the last 7 days/ }).waitFor();
      expect(new URL(page.url()).search).toBe('?range=7d');
      await page.goBack();
      await requests.waitFor();

      await page.goto('/p/vision');
      await page
        .getByText(/^p95 [\d.]+ m?s$/)
        .first()
        .waitFor();
      expect(said).toEqual([]);
      expect(foreign).toEqual([]);
    } finally {
      await context.close();
    }
  });

  it('teach where nothing was asked yet', async () => {
    // As it is in the first seconds of a service: it is live, and nothing was measured yet.
    await platform.processes.scheduler.end();
    const db = openDatabase({ url: platform.databaseUrl });
    await db.pool.query('DELETE FROM service_metric');
    await db.close();
    const { page, context } = await visit(browser, platform);
    try {
      await page.goto('/p/vision/production/app');
      await page.getByText('Nothing was asked of it in the last hour').waitFor();
      const figures = page.getByRole('region', { name: 'Over time' });
      await figures.getByText(/^curl http.*\/vision\/production\/app\/?$/).waitFor();
      expect(await findBarriers(page)).toEqual([]);
    } finally {
      await context.close();
    }
  });
});
