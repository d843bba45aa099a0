import { createClient } from '@sconce/contract';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type Visit, visit } from '../support/browser.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: Platform;
let browser: Browser;
let shop: Workshop;

beforeAll(async () => {
  [platform, browser] = await Promise.all([startPlatform(), openBrowser()]);
  shop = await openWorkshop(platform, 'vision');
  for (let index = 0; index < 60; index += 1)
    await shop.client.updateEnvironment({
      params: { environment: 'vision/production' },
      body: { name: `Production ${index}` },
    });
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

describe('activity', () => {
  it('says who did what, page by page; newer rows announce themselves, and nothing jumps', async () => {
    await during(async ({ page, said }) => {
      await page.goto('/p/vision/-/activity');
      const rows = page.getByRole('list', { name: 'What happened, newest first' }).getByRole('listitem');
      await rows.nth(49).waitFor();
      expect(await rows.count()).toBe(50);
      const first = await rows.first().textContent();
      expect(first).toContain('Administrator changed the environment: name');
      const params = { service: shop.service };
      await shop.client.updateServiceVariables({ params, body: { MODEL: 'resnet50', OLD: '1' } });
      await shop.client.updateServiceVariables({ params, body: { OLD: null } });
      await page.getByRole('button', { name: '2 newer' }).waitFor();
      expect(await rows.first().textContent()).toBe(first);
      await page.getByRole('button', { name: '2 newer' }).click();
      await rows.first().getByText('changed variables: OLD removed').waitFor();
      await rows.nth(1).getByText('changed variables: MODEL set, OLD set').waitFor();
      expect(await rows.count()).toBe(52);
      await page.getByRole('button', { name: 'Older' }).click();
      await rows.nth(60).waitFor();
      await page.getByText('made the project vision').waitFor();
      expect(said).toEqual([]);
    });
  });

  it('is filtered by what, where and who, in the address; what is filtered out does not announce itself', async () => {
    await during(async ({ page }) => {
      await page.goto('/p/vision/-/activity');
      await page.getByLabel('What', { exact: true }).selectOption('Branch rules');
      const rows = page.getByRole('list', { name: 'What happened, newest first' }).getByRole('listitem');
      await rows.getByText('made the branch rule main').waitFor();
      expect(await rows.count()).toBe(1);
      await page.getByLabel('Where', { exact: true }).selectOption('production');
      await page.getByLabel('Who', { exact: true }).selectOption('Administrator');
      await page.waitForURL(/type=branch_rule.*actor=usr_/);
      expect(new URL(page.url()).searchParams.get('environment')).toBe('production');
      await shop.client.updateEnvironment({ params: { environment: 'vision/production' }, body: { name: 'Live' } });
      await shop.client.createBranchRule({
        params: { project: 'vision' },
        body: { environment: 'production', branches: ['release/*'] },
      });
      await page.getByRole('button', { name: '1 newer' }).click();
      await rows.getByText('made the branch rule release/*').waitFor();
      await page.reload();
      await rows.nth(1).waitFor();
      expect(await rows.count()).toBe(2);
    });
  });

  it('of one service is its own', async () => {
    await during(async ({ page }) => {
      await page.goto('/p/vision/production/app');
      await page.getByRole('heading', { name: 'app', exact: true }).waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('a');
      await page.waitForURL('**/app/activity');
      const rows = page.getByRole('list', { name: 'What happened, newest first' }).getByRole('listitem');
      await rows.getByText('made the service app').waitFor();
      expect(await rows.getByText('environment').count()).toBe(0);
    });
  });
});

describe('the audit log', () => {
  it('says who asked, from where, with what outcome, and goes on by itself', async () => {
    const { token } = await shop.client.createToken({
      body: { kind: 'service', name: 'robot', scopes: ['read'], project: 'vision' },
    });
    const robot = createClient({ baseUrl: platform.apiUrl, token });
    await robot.updateEnvironment({ params: { environment: 'vision/production' }, body: {} }).catch(() => {});
    await during(async ({ page, said }) => {
      await page.goto('/p/vision/-/activity');
      await page.getByRole('link', { name: 'Audit' }).click();
      const refused = page.getByRole('row').filter({ hasText: 'robot' });
      await refused.getByText('refused: forbidden').waitFor();
      await refused.getByText('127.0.0.1').waitFor();
      await refused.getByText('update environment').waitFor();
      await page.getByLabel('Did').selectOption('create environment');
      await page.getByRole('row', { name: /create environment/ }).waitFor();
      const asked: string[] = [];
      page.on('request', (request) => {
        if (new URL(request.url()).pathname === '/v1/audit-events') asked.push(request.url());
      });
      await shop.client.createProject({ body: { slug: 'elsewhere' } });
      await shop.client.createEnvironment({ params: { project: 'elsewhere' }, body: { slug: 'other' } });
      await shop.client.createEnvironment({ params: { project: 'vision' }, body: { slug: 'later' } });
      await page.getByRole('button', { name: '1 newer' }).click();
      const made = page.getByRole('row', { name: /create environment/ });
      await made.nth(1).waitFor();
      // Refused, so that nothing happened but this.
      await robot.createEnvironment({ params: { project: 'vision' }, body: { slug: 'never' } }).catch(() => {});
      await page.getByRole('button', { name: '1 newer' }).click();
      await made.first().getByText('refused: forbidden').waitFor();
      await made.first().getByText('robot').waitFor();
      expect(await made.count()).toBe(3);
      expect(asked).toEqual([]);
      expect(said).toEqual([]);
    });
  });

  it('shows how it ended on a phone, whoever asked', async () => {
    const name = `robot ${'with a long name '.repeat(4)}`.trim();
    const { token } = await shop.client.createToken({
      body: { kind: 'service', name, scopes: ['read'], project: 'vision' },
    });
    const robot = createClient({ baseUrl: platform.apiUrl, token });
    await robot.createEnvironment({ params: { project: 'vision' }, body: { slug: 'never' } }).catch(() => {});
    await during(async ({ page }) => {
      await page.goto('/p/vision/-/audit');
      const row = page.getByRole('row').filter({ hasText: 'robot with a long name' });
      await row.getByText('refused: forbidden').waitFor();
      const table = page.getByRole('region', { name: 'Audit log, newest first' });
      expect(await table.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    }, 390);
  });

  it('has what came while another page was open', async () => {
    await during(async ({ page }) => {
      await page.goto('/p/vision/-/audit?action=createEnvironment');
      const made = page.getByRole('row', { name: /create environment/ });
      await made.first().waitFor();
      const before = await made.count();
      await page.getByRole('link', { name: 'What happened' }).click();
      await page.getByRole('list', { name: 'What happened, newest first' }).getByRole('listitem').first().waitFor();
      await shop.client.createEnvironment({ params: { project: 'vision' }, body: { slug: 'meanwhile' } });
      await page.getByRole('button', { name: '1 newer' }).waitFor();
      await page.goBack();
      await made.nth(before).waitFor();
      await page.goForward();
      await page.getByText('made the environment meanwhile').waitFor();
    });
  });
});

describe('tokens', () => {
  it('are made and shown once, work, and are revoked by their name', async () => {
    await during(async ({ page, said }) => {
      await page.goto('/');
      await page.getByRole('link', { name: 'Tokens' }).click();
      await page.getByLabel('Name of the token').fill('laptop');
      await page.getByLabel('May').selectOption('read');
      await page.getByLabel('Ends after').selectOption('7 days');
      await page.getByRole('button', { name: 'Make it' }).click();
      const shown = page.getByRole('region', { name: 'The token laptop' });
      const token = (await shown.locator('pre').textContent()) ?? '';
      expect(token).toMatch(/^sconce_personal_/);
      const theirs = createClient({ baseUrl: platform.apiUrl, token });
      expect((await theirs.getMe()).token.scopes).toEqual(['read']);
      await shown.getByRole('button', { name: 'Done' }).click();
      expect(await page.content()).not.toContain(token);

      const row = page.getByRole('row', { name: /^laptop/ });
      await row.getByRole('button', { name: 'Revoke' }).click();
      const dialog = page.getByRole('dialog', { name: 'Revoke laptop' });
      await dialog.getByLabel('Type laptop to confirm').fill('laptop');
      await dialog.getByRole('button', { name: 'Revoke' }).click();
      await row.waitFor({ state: 'detached' });
      await expect(theirs.getMe()).rejects.toMatchObject({ status: 401 });
      await page.getByLabel('Also those that ended').check();
      await row.getByText('revoked').waitFor();
      expect(said).toEqual([]);
    });
  });

  it('for a pipeline stay in one environment', async () => {
    await during(async ({ page }) => {
      await page.goto('/tokens');
      await page.getByLabel('Name of the token').fill('pipeline');
      await page.getByLabel('For').selectOption('A pipeline that deploys to an environment');
      await page.getByLabel('Environment').selectOption('vision/production');
      await page.getByRole('button', { name: 'Make it' }).click();
      await page.getByRole('region', { name: 'The token pipeline' }).waitFor();
      await page.getByLabel('Whose').selectOption('Of vision');
      await page.getByRole('row', { name: /^pipeline deploy deploy vision\/production/ }).waitFor();
      expect(new URL(page.url()).searchParams.get('project')).toBe('vision');
    });
  });
});
