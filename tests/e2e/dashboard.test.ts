import { waitUntil } from '@sconce/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type Visit, visit } from '../support/browser.ts';
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
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

async function during(options: Parameters<typeof visit>[2], work: (visit: Visit) => Promise<void>): Promise<void> {
  const here = await visit(browser, platform, options);
  try {
    await work(here);
    expect(here.foreign).toEqual([]);
  } finally {
    await here.context.close();
  }
}

const servicePage = '/p/vision/production/app';

describe('signing in', () => {
  it('happens where a link led, with a token, and says what else was pasted', async () => {
    await during({ signedIn: false }, async ({ page }) => {
      await page.goto('/p/vision');
      const field = page.getByLabel('Sign-in link or personal token');
      await field.fill('sconce_deploy_0123');
      await page.keyboard.press('Enter');
      await page.getByText('Only personal tokens let a person in').waitFor();
      await field.fill(platform.token);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'vision', exact: true }).waitFor();
      expect(new URL(page.url()).pathname).toBe('/p/vision');
    });
  });

  it('is asked again when the session ends, and nothing that was typed is lost', async () => {
    await during({}, async ({ page, context }) => {
      await shop.client.putProject({ params: { project: 'bare' }, body: {} });
      await page.goto('/p/bare');
      await page.getByRole('textbox', { name: 'Service' }).fill('half-typed');
      await context.request.delete('/v1/sessions/current', { headers: { origin: platform.apiUrl } });
      const dialog = page.getByRole('dialog', { name: 'Sign in again' });
      await dialog.waitFor();
      await dialog.getByLabel('Sign-in link or personal token').fill(platform.token);
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      expect(await page.getByRole('textbox', { name: 'Service' }).inputValue()).toBe('half-typed');
    });
  });
});

describe('the first page', () => {
  it('asks for its first data ahead of its script, and for nothing twice', async () => {
    const ahead = ['/v1/me', ...['projects', 'services'].map((list) => `/v1/${list}?limit=200&order=oldest`)];
    for (const [address, first] of [
      ['/', [...ahead, '/v1/metrics?limit=200&order=oldest']],
      [servicePage, ahead],
    ] as const)
      await during({}, async ({ page }) => {
        const asked: string[] = [];
        page.on('request', (request) => {
          const { pathname, search } = new URL(request.url());
          if (request.isNavigationRequest()) asked.length = 0;
          else asked.push(`${pathname}${search}`);
        });
        await page.goto(address);
        await page.getByRole('link', { name: 'app' }).first().waitFor();
        await page.waitForLoadState('load');
        for (const path of first) expect(asked.filter((one) => one === path)).toEqual([path]);
        // The page says where its stream begins.
        expect(asked).not.toContain('/v1/events?limit=1');
      });
  });

  it('brings at most 150 KB of script with all that it fetches ahead, from here alone, and breaks no rule of its policy', async () => {
    await during({}, async ({ page, said }) => {
      const session = await page.context().newCDPSession(page);
      await session.send('Network.enable');
      const scripts = new Map<string, number>();
      session.on('Network.responseReceived', ({ requestId, type }) => type === 'Script' && scripts.set(requestId, 0));
      session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (scripts.has(requestId)) scripts.set(requestId, encodedDataLength);
      });
      await page.goto('/');
      await page.getByRole('heading', { name: 'vision' }).waitFor();
      // With what is fetched while nothing else is to do.
      await page.waitForLoadState('load');
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: /^Find/ }).waitFor();
      const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0);
      expect(bytes).toBeGreaterThan(40_000);
      expect(bytes).toBeLessThan(150_000);
      expect(said).toEqual([]);
    });
  });

  it('fetches ahead only once it shows what was asked for', async () => {
    await during({}, async ({ page }) => {
      const ahead: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('/assets/searchable-list')) ahead.push(request.url());
      });
      const held = Promise.withResolvers<void>();
      await page.route('**/v1/services?*', async (route) => {
        await held.promise;
        await route.continue();
      });
      await page.goto('/', { waitUntil: 'load' });
      await page.getByRole('status', { name: 'Loading services' }).waitFor();
      // Idle work is done in the order it was asked for: what the page would fetch now would be asked for before this is called.
      await page.evaluate('new Promise((resolve) => requestIdleCallback(resolve, { timeout: 10_000 }))');
      expect(ahead).toEqual([]);
      const comes = page.waitForRequest('**/assets/searchable-list*.js');
      held.resolve();
      await comes;
      await page.getByRole('heading', { name: 'vision' }).waitFor();
    });
  });
});

describe('from a push to live and back', () => {
  it('shows the push by itself, brings the failure forward, and goes back in two presses', async () => {
    await during({}, async ({ page, said }) => {
      await page.goto(servicePage);
      await page.getByText('Waiting for the first push').waitFor();
      await shop.live(
        await shop.deploy(tinyRepository({ body: 'one', before: 'echo hello from one' }), 'First version'),
      );
      await page.getByRole('status').getByText('First version').waitFor();
      await page.getByText('hello from one').first().waitFor();
      await shop.live(await shop.deploy(tinyRepository({ body: 'two' }), 'Second version'));
      await page.getByRole('status').getByText('Second version').waitFor();

      await page.getByRole('button', { name: 'Roll back', exact: true }).click();
      const dialog = page.getByRole('dialog', { name: 'Roll back to r1' });
      await dialog.getByText('against r2').waitFor();
      await dialog.getByRole('button', { name: 'Roll back' }).click();
      await page.getByRole('status').getByText('First version').waitFor();
      expect((await shop.read()).live?.release.name).toBe('r1');
      await page.getByRole('button', { name: 'Let pushes deploy' }).click();
      await page.getByText('pushes are built and do not deploy').waitFor({ state: 'detached' });

      await shop.deploy({ Dockerfile: 'FROM sconce-test/tiny:1\nRUN echo needle in the log; exit 3\n' }, 'Break it');
      await page.getByRole('link', { name: 'See the build' }).click();
      await page.getByLabel('The lines that matter').getByText('needle in the log').first().waitFor();
      await page.getByLabel('Search the log').fill('needle');
      await page.keyboard.press('Enter');
      await page.getByText(/^1 of \d/).waitFor();
      expect(said).toEqual([]);
    });
  });
});

describe('what moves', () => {
  it('is on every page within moments, in every tab, over one stream', async () => {
    await during({}, async ({ page, context }) => {
      const other = await context.newPage();
      const streams: string[] = [];
      context.on('request', (request) => {
        if (new URL(request.url()).pathname === '/v1/events' && request.headers().accept === 'text/event-stream')
          streams.push(request.url());
      });
      await page.goto('/');
      await other.goto('/p/vision');
      await Promise.all([page, other].map((one) => one.getByText('production').first().waitFor()));
      await shop.client.createService({ params: { environment: 'vision/production' }, body: { slug: 'newcomer' } });
      await Promise.all(
        [page, other].map((one) => one.getByRole('link', { name: 'newcomer' }).waitFor({ timeout: 5_000 })),
      );
      await shop.client.deleteService({ params: { service: 'vision/production/newcomer' } });
      await Promise.all(
        [page, other].map((one) => one.getByRole('link', { name: 'newcomer' }).waitFor({ state: 'detached' })),
      );
      expect(streams).toHaveLength(1);
      await page.close();
      await shop.client.createService({ params: { environment: 'vision/production' }, body: { slug: 'latecomer' } });
      await other.getByRole('link', { name: 'latecomer' }).waitFor({ timeout: 5_000 });
      await shop.client.deleteService({ params: { service: 'vision/production/latecomer' } });
    });
  });

  it('says when it does not move, and goes on by itself', async () => {
    await during({}, async ({ page }) => {
      await page.goto('/p/vision');
      await page.getByRole('heading', { name: 'production' }).waitFor();
      await page.getByRole('link', { name: 'app' }).first().waitFor();
      await platform.processes.api.end('SIGKILL');
      await page.getByText('Not connected since').waitFor();
      expect(await page.getByRole('link', { name: 'app' }).first().isVisible()).toBe(true);
      await platform.processes.api.start();
      await page.getByText('Not connected since').waitFor({ state: 'detached', timeout: 20_000 });
      await shop.client.createEnvironment({ params: { project: 'vision' }, body: { slug: 'after' } });
      await page.getByRole('heading', { name: 'after' }).waitFor();
    });
  });
});

describe('the keyboard', () => {
  it('reaches everything', async () => {
    await during({}, async ({ page }) => {
      await page.goto('/');
      await page.getByRole('heading', { name: 'vision' }).waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/p\//);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: /^Find/ }).fill('vision production app releases');
      // What Enter takes.
      await page.getByRole('dialog').locator('[data-active-item]').filter({ hasText: 'app releases' }).waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL(`**${servicePage}/releases`);
      await page.keyboard.press('g');
      await page.keyboard.press('l');
      await page.waitForURL(`**${servicePage}/logs`);
      await waitUntil('the heading of the logs', () => page.title().then((title) => title.startsWith('Logs')), 5_000);
    });
  });
});
