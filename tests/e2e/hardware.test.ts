import { addPoolMetrics, openDatabase, type PoolMetricRow, putCluster } from '@sconce/db';
import { waitUntil } from '@sconce/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findBarriers, openBrowser, overflowing, type Visit, visit } from '../support/browser.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

const h100 = { product: 'NVIDIA H100 80GB HBM3', memoryMiB: 81_559, total: 2, free: 1 };
const pool = { name: 'gpu-1', nodes: 1, cpuMilli: 16_000, memoryMiB: 131_072, diskMiB: 100_000, diskFreeMiB: 40_000 };

let platform: Platform;
let browser: Browser;
let shop: Workshop;

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  [platform, browser] = await Promise.all([startPlatform(), openBrowser()]);
  shop = await openWorkshop(platform, 'vision');
  await shop.live(await shop.deploy(tinyRepository({ body: 'one' }), 'First version'));
  // This machine has no GPU. What one with two would have written down is written here, while nobody looks at the real one.
  await platform.processes.scheduler.end();
  const db = openDatabase({ url: platform.databaseUrl, maxConnections: 1 });
  const warnings = ['the disk of images is read-only'];
  await putCluster(db.tx, { name: 'local', pools: [{ ...pool, gpus: [h100] }], warnings, observedAt: new Date() });
  // However long that took, the real one was not measured yet.
  await db.pool.query('DELETE FROM pool_metric');
  await addPoolMetrics(db.tx, [...used(10, 90), ...used(60, 120), ...used(600, 600)]);
  await db.pool.query("UPDATE replica SET node = 'gpu-1', gpus = '{GPU-0}'");
  await db.close();
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

/** So many stretches until now, of a GPU that gets busier and a disk that fills. */
function used(resolutionSeconds: 10 | 60 | 600, count: number): PoolMetricRow[] {
  const ms = resolutionSeconds * 1_000;
  const now = Math.floor(Date.now() / ms) * ms;
  return Array.from({ length: count }, (_, index) => ({
    resolutionSeconds,
    at: now - (count - index) * ms,
    cluster: 'local',
    pool: pool.name,
    cpuMilli: 4_000 + 3_000 * Math.sin(index / 9),
    memoryMiB: 40_000 + 100 * index,
    diskUsedMiB: 50_000 + 80 * index,
    diskSlots: 1,
    gpusHeld: 1,
    gpuPercent: Math.min(95, index),
    gpus: 1,
    gpuMemoryMiB: 60_000,
    gpuMemorySlots: 1,
    measured: 1n,
  }));
}

async function during(work: (visit: Visit) => Promise<void>, width = 1440): Promise<void> {
  const here = await visit(browser, platform, { width });
  try {
    await work(here);
    expect(here.foreign).toEqual([]);
  } finally {
    await here.context.close();
  }
}

it('node pools show GPUs by product, who holds them, what is free and what is wrong, to everybody and on any screen', async () => {
  for (const width of [1440, 390]) {
    await during(async ({ page, said }) => {
      await page.goto('/pools');
      const shown = page.getByRole('region', { name: 'Node pool gpu-1' });
      await shown.getByRole('row', { name: 'NVIDIA H100 80GB HBM3 79.6 GiB 1 2' }).waitFor();
      await shown.getByRole('row', { name: /^vision\/production\/app r1-\w+ 1$/ }).waitFor();
      await shown.getByText('39.1 GiB of 97.7 GiB free').waitFor();
      await page.getByText('the disk of images is read-only').waitFor();
      expect(await findBarriers(page)).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      expect(said).toEqual([]);
    }, width);
  }
});

it('node pools show how much of them was used over time, as far back as the address says', async () => {
  for (const width of [1440, 390]) {
    await during(async ({ page, said }) => {
      await page.goto('/pools');
      const shown = page.getByRole('region', { name: 'Node pool gpu-1' });
      for (const graph of ['Processor', 'Memory', 'Disk', 'GPUs held', 'GPU use', 'GPU memory'])
        await shown.getByRole('img', { name: new RegExp(`^${graph} over the last hour\\. .* at most, at `) }).waitFor();
      expect(await shown.locator('canvas').count()).toBe(6);
      await shown.getByText('As a table').click();
      const figures = shown.getByRole('region', { name: 'Figures of gpu-1 in steps of 10s, newest first' });
      await figures.getByRole('columnheader', { name: 'GPU memory' }).waitFor();
      await figures.getByText('58.6 GiB').first().waitFor();
      expect(await findBarriers(page)).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      await page.getByRole('navigation', { name: 'How far back' }).getByRole('link', { name: '24h' }).click();
      await shown.getByRole('img', { name: /^GPU use over the last 24 hours\. .*95 % at most/ }).waitFor();
      expect(new URL(page.url()).search).toBe('?range=24h');
      await page.goBack();
      await shown.getByRole('img', { name: /^Disk over the last hour/ }).waitFor();
      expect(said).toEqual([]);
    }, width);
  }
});

it('the figures of node pools take their place before they come, and say why where they do not', async () => {
  await during(async ({ page }) => {
    const answer = Promise.withResolvers<'fail' | 'go on'>();
    let next: Promise<'fail' | 'go on'> = answer.promise;
    await page.route('**/v1/clusters/*/metrics*', async (route) => {
      const json = { title: 'Not now', detail: 'The figures are being moved.', code: 'internal', status: 400 };
      if ((await next) === 'go on') return route.continue();
      return route.fulfill({ status: 400, contentType: 'application/problem+json', json });
    });
    await page.goto('/pools');
    const shown = page.getByRole('region', { name: 'Node pool gpu-1' });
    await shown.getByRole('status', { name: 'Loading figures' }).waitFor();
    const height = () => shown.evaluate((element) => element.getBoundingClientRect().height);
    const before = await height();
    answer.resolve('fail');
    await shown.getByText('The figures could not be read').waitFor();
    await shown.getByText('The figures are being moved.').waitFor();
    next = Promise.resolve('go on');
    await shown.getByRole('button', { name: 'Try again' }).click();
    await shown.getByRole('img', { name: /^GPU memory over the last hour/ }).waitFor();
    expect(Math.abs((await height()) - before)).toBeLessThanOrEqual(1);
  });
});

it('a service gets a GPU from its page, and is without one again', async () => {
  await during(async ({ page, said }) => {
    await page.goto('/p/vision/production/app');
    await page.getByRole('button', { name: 'GPU: no GPU' }).click();
    await page.getByRole('button', { name: /^H100 × 1.*1 of 2 free/ }).click();
    await page.getByRole('button', { name: 'GPU: H100 × 1' }).waitFor();
    const service = await shop.read();
    expect(service.effectiveSettings.resources.gpu).toEqual({ product: 'H100', count: 1, memoryMiB: null });
    const newest = async () => (await shop.client.listReleases({ params: { service: shop.service } })).data[0];
    expect(await newest()).toMatchObject({ name: 'r2', cause: 'settings', spec: { resources: { gpu: { count: 1 } } } });
    await page.getByText('r2 is about to start').first().waitFor();
    await page.getByRole('button', { name: 'GPU: H100 × 1' }).click();
    await page.getByRole('button', { name: /^No GPU/ }).click();
    await page.getByRole('button', { name: 'GPU: no GPU' }).waitFor();
    expect(await newest()).toMatchObject({ name: 'r3', spec: { resources: { gpu: null } } });
    expect(said).toEqual([]);
  });
});

it('who asks for more than there is is told what there is, and nothing is changed', async () => {
  const gpu = { product: 'H100', count: 4, memoryMiB: null };
  await shop.client.updateService({ params: { service: shop.service }, body: { settings: { resources: { gpu } } } });
  await during(async ({ page }) => {
    await page.goto('/p/vision/production/app/settings');
    await page.getByLabel('Memory of each replica').fill('64 MiB');
    await page.getByRole('button', { name: 'Save 1 change' }).click();
    await page.getByRole('alert').getByText('It has 2 × NVIDIA H100 80GB HBM3').waitFor();
    expect((await shop.read()).effectiveSettings.resources.memoryMiB).toBeNull();
    await page.getByLabel('GPU of each replica').selectOption({ label: 'H100 × 2, 1 of 2 free' });
    await page.getByRole('button', { name: 'Save 2 changes' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    expect((await shop.read()).effectiveSettings.resources).toMatchObject({ gpu: { count: 2 }, memoryMiB: 64 });
  });
});

it('what a cluster has and uses moves by itself', async () => {
  await during(async ({ page }) => {
    await page.goto('/pools');
    await page.getByRole('region', { name: 'Node pool gpu-1' }).waitFor();
    await platform.processes.scheduler.start();
    await page.getByRole('region', { name: 'Node pool gpu-1' }).waitFor({ state: 'detached' });
    await page.getByText('No GPU', { exact: true }).waitFor();
    const shown = page.getByRole('region', { name: /^Node pool / }).last();
    await shown.getByText('Its use was not measured in the last hour').waitFor();
    const memory = shown.getByRole('img', { name: /^Memory over the last hour\. .* now, / });
    await memory.waitFor({ timeout: 60_000 });
    await shown.getByRole('img', { name: /^Disk over the last hour\. .*[GT]iB now, / }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.endsWith('/metrics')) asked.push(request.url());
    });
    const processor = shown.getByRole('img', { name: /^Processor over the last hour/ });
    const before = await processor.getAttribute('aria-label');
    await waitUntil(
      'the graph to go on',
      async () => (await processor.getAttribute('aria-label')) !== before,
      40_000,
      100,
    );
    expect(asked).toEqual([]);
  });
});
