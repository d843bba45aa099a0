import { openDatabase, putCluster } from '@sconce/db';
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
  await db.pool.query("UPDATE replica SET node = 'gpu-1', gpus = '{GPU-0}'");
  await db.close();
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

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

it('what a cluster has moves by itself', async () => {
  await during(async ({ page }) => {
    await page.goto('/pools');
    await page.getByRole('region', { name: 'Node pool gpu-1' }).waitFor();
    await platform.processes.scheduler.start();
    await page.getByRole('region', { name: 'Node pool gpu-1' }).waitFor({ state: 'detached' });
    await page.getByText('No GPU', { exact: true }).waitFor();
  });
});
