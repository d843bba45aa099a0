import type { Build } from '@sconce/contract';
import { waitUntil } from '@sconce/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, findBarriers, openBrowser, overflowing, type Visit, visit } from '../support/browser.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { modelRepository } from '../support/model-service.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyBase } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: Platform;
let browser: Browser;
let shop: Workshop;
let first: Build;
let second: Build;

async function newestBuild(): Promise<Build> {
  const { data } = await shop.client.listBuilds({ params: { service: shop.service }, query: { limit: 1 } });
  const [build] = data;
  if (!build) throw new Error('there is no build');
  return build;
}

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  [platform, browser] = await Promise.all([startPlatform(), openBrowser()]);
  shop = await openWorkshop(platform, 'vision');
  await shop.live(await shop.deploy(modelRepository({ sizeKib: 64 }), 'First'));
  first = await newestBuild();
  await shop.live(await shop.deploy(modelRepository({ sizeKib: 1_024 }), 'Larger weights'));
  second = await newestBuild();
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

const pageOf = (build: Pick<Build, 'id'>) => `/p/vision/production/app/builds/${build.id}`;

async function during(path: string, work: (visit: Visit) => Promise<void>, options: Parameters<typeof visit>[2] = {}) {
  const here = await visit(browser, platform, options);
  try {
    await arrive(here.page, path);
    await work(here);
    expect(here.foreign).toEqual([]);
    expect(here.said).toEqual([]);
  } finally {
    await here.context.close();
  }
}

describe('where the time and the megabytes went', () => {
  it('is what the engine says of the image, and the builder of its steps', async () => {
    const analysis = await shop.client.getBuildAnalysis({ params: { build: second.id } });
    expect(analysis.against?.build).toBe(first.id);
    const weights = analysis.layers.find(({ createdBy }) => createdBy.includes('weights.bin'));
    expect(weights).toMatchObject({ is: 'changed', sizeBytes: 1_024 * 1_024, beforeBytes: 64 * 1_024 });
    expect(analysis.layers[0]).toMatchObject({ is: 'same' });
    expect((analysis.sizeBytes ?? 0) - (analysis.against?.sizeBytes ?? 0)).toBe(960 * 1_024);
    const slow = analysis.steps.find(({ title }) => title.startsWith('RUN echo "loading weights"'));
    expect(slow?.is).toBe('done');
    // It sleeps a second, in both builds: what it stands on changed.
    expect(slow?.ms).toBeGreaterThan(900);
    expect(slow?.before?.ms).toBeGreaterThan(900);
    const alone = await shop.client.getBuildAnalysis({ params: { build: first.id } });
    expect(alone.against).toBeNull();
    expect(alone.steps.every(({ before }) => before === null)).toBe(true);
  });

  it('is shown step by step and layer by layer, against the build before', async () => {
    await during(pageOf(second), async ({ page }) => {
      await page.getByText('from push to live').waitFor();
      const time = page.getByRole('region', { name: 'Where the time went' });
      await time.getByRole('row', { name: /RUN echo/ }).waitFor();
      expect(await time.getByRole('row', { name: /RUN echo/ }).innerText()).toMatch(/[1-9]\d*\.\d s\s+[1-9]\d*\.\d s/);
      await time.getByRole('link', { name: first.commit.sha.slice(0, 7) }).waitFor();
      const sizes = page.getByRole('region', { name: 'Where the megabytes went' });
      expect(await sizes.getByRole('row', { name: /COPY weights/ }).innerText()).toMatch(/1\.0 MiB\s+\+960 KiB/);
      await sizes.getByText(/, \+960 KiB/).waitFor();
      await time.getByRole('button', { name: /^All \d+ steps/ }).click();
      await time.getByRole('row', { name: /load build definition/ }).waitFor();
    });
  });

  it('holds a first build against nothing', async () => {
    await during(pageOf(first), async ({ page }) => {
      await page.getByText('the first build: nothing to hold it against').waitFor();
    });
  });
});

describe('the log', () => {
  it('folds its steps, finds in all of them, follows colours and no other sequence, and links to a line', async () => {
    await during(pageOf(second), async ({ page }) => {
      const step = page.getByRole('button', { name: /RUN echo "loading weights"/ });
      await step.waitFor();
      expect(await step.getAttribute('aria-expanded')).toBe('false');
      await step.click();
      await page.getByText('red words').first().waitFor();
      await page.getByLabel('Search the log').fill('red words');
      await page.keyboard.press('Enter');
      await page.getByText(/^1 of \d/).waitFor();
      const number = page.locator('a[href^="#L"]', { hasText: /^\d+$/ }).first();
      const line = (await number.getAttribute('href')) ?? '';
      await page.goto(`${pageOf(second)}${line}`);
      await page.locator(`[data-target] a[href="${line}"]`).waitFor();
    });
  });

  it('brings the error forward, and says what its steps took all the same', async () => {
    await shop.deploy(
      { Dockerfile: `FROM ${tinyBase}\nRUN echo fine\nRUN echo "error: no such wheel"; exit 3\n` },
      'A wheel that is not there',
    );
    const failed = await waitUntil(
      'the build to fail',
      async () => {
        const build = await newestBuild();
        return build.phase === 'failed' ? build : null;
      },
      60_000,
    );
    await during(pageOf(failed), async ({ page }) => {
      await page.getByLabel('The lines that matter').getByText('no such wheel').first().waitFor();
      const row = page.getByRole('region', { name: 'Where the time went' }).getByRole('row', { name: /no such wheel/ });
      expect(await row.innerText()).toContain('failed');
    });
  });
});

describe('building again', () => {
  it('without cache takes one press, and does every step anew', async () => {
    await during(pageOf(second), async ({ page }) => {
      await page.getByRole('button', { name: 'Without cache' }).click();
      await page.waitForURL((url) => url.pathname.includes('/builds/') && !url.pathname.endsWith(second.id));
      await page.getByText('from push to live').waitFor({ timeout: 60_000 });
      const built = await newestBuild();
      expect(page.url()).toContain(built.id);
      const { steps } = await shop.client.getBuildAnalysis({ params: { build: built.id } });
      expect(steps.some(({ title }) => title.startsWith('RUN '))).toBe(true);
      expect(steps.filter(({ title, is }) => title.startsWith('RUN ') && is === 'cached')).toEqual([]);
    });
  });
});

describe('the page', () => {
  it.each([
    { colorScheme: 'dark', width: 1440 },
    { colorScheme: 'light', width: 390 },
  ] as const)('is for everybody, in $colorScheme and $width px', async (look) => {
    await during(
      pageOf(second),
      async ({ page }) => {
        await page.getByText('Where the megabytes went').waitFor();
        expect(await findBarriers(page)).toEqual([]);
        expect(await overflowing(page)).toEqual([]);
      },
      look,
    );
  });
});
