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
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

async function during(work: (visit: Visit) => Promise<void>): Promise<void> {
  const here = await visit(browser, platform);
  try {
    await work(here);
    expect(here.foreign).toEqual([]);
  } finally {
    await here.context.close();
  }
}

const servicePage = '/p/vision/production/app';
const variables = async () => {
  const { data } = await shop.client.listServiceVariables({ params: { service: shop.service } });
  return Object.fromEntries(data.map(({ name, value }) => [name, value]));
};

describe('variables', () => {
  it('are edited in place and pasted, shown as a difference, and applied together', async () => {
    const params = { service: shop.service };
    await shop.client.replaceServiceVariables({ params, body: { MODEL: 'resnet50', OLD: '1' } });
    await during(async ({ page, said }) => {
      await page.goto(`${servicePage}/variables`);
      await page.getByLabel('Value of MODEL').fill('resnet101');
      await page.getByRole('row', { name: /^OLD/ }).getByRole('button', { name: 'Remove' }).click();
      await page.getByRole('button', { name: 'Paste a .env' }).click();
      await page.getByLabel('Lines of NAME=value').fill('REGION="eu west"\n# comment\nnonsense\n');
      await page.getByText('Line 3 says nothing').waitFor();
      await page.getByRole('button', { name: 'Take 1 variable' }).click();
      const changes = page.getByRole('region', { name: 'Changes that are not applied yet' });
      expect(await changes.getByRole('listitem').allInnerTexts()).toEqual([
        'MODEL\nchanged\nresnet50\nresnet101',
        'OLD\nremoved\n1',
        'REGION\nadded\neu west',
      ]);
      expect(await variables()).toEqual({ MODEL: 'resnet50', OLD: '1' });
      // Looking elsewhere meanwhile loses nothing.
      await page.getByRole('link', { name: 'Logs' }).click();
      await page.getByRole('link', { name: 'Variables' }).click();
      await changes.getByText('resnet101').first().waitFor();
      await changes.getByRole('button', { name: 'Apply 3 changes' }).click();
      await page.getByText('Applied.', { exact: true }).waitFor();
      expect(await variables()).toEqual({ MODEL: 'resnet101', REGION: 'eu west' });
      expect(said).toEqual([]);
    });
  });

  it('of two people at once the second is told, whether the page had heard of the first or not, and nothing is overwritten', async () => {
    const params = { service: shop.service };
    await shop.client.replaceServiceVariables({ params, body: { MODEL: 'resnet50', OTHER: 'as it was' } });
    await during(async ({ page, said }) => {
      await page.goto(`${servicePage}/variables`);
      await page.getByLabel('Value of MODEL').fill('mine');
      await shop.client.updateServiceVariables({ params, body: { MODEL: 'theirs' } });
      const alert = page.getByRole('alert');
      await alert.getByText('Somebody else changed MODEL meanwhile').waitFor();
      expect(await page.getByRole('button', { name: 'Apply 1 change' }).isDisabled()).toBe(true);
      expect(await page.getByLabel('Value of MODEL').inputValue()).toBe('mine');
      await alert.getByRole('button', { name: 'Go on with mine' }).click();
      expect(await page.getByRole('listitem').filter({ hasText: 'MODEL' }).allInnerTexts()).toEqual([
        'MODEL\nchanged\ntheirs\nmine',
      ]);

      // In the moment before the page hears of it, the API refuses.
      let hold = true;
      await page.route('**/variables', (route) => (hold && route.request().method() === 'GET' ? {} : route.continue()));
      await shop.client.updateServiceVariables({ params, body: { OTHER: 'theirs too' } });
      await page.getByRole('button', { name: 'Apply 1 change' }).click();
      await alert.getByText('Somebody else changed these meanwhile').waitFor();
      expect(await variables()).toEqual({ MODEL: 'theirs', OTHER: 'theirs too' });
      hold = false;
      await page.unroute('**/variables');
      await page.reload();
      await page.getByLabel('Value of OTHER').waitFor();
      expect(await page.getByLabel('Value of OTHER').inputValue()).toBe('theirs too');
      expect(said.filter((line) => !line.includes('412'))).toEqual([]);
    });
  });

  it('of an environment reach its services, below their own', async () => {
    await shop.client.replaceServiceVariables({ params: { service: shop.service }, body: { MODEL: 'own' } });
    await during(async ({ page }) => {
      await page.goto('/p/vision/production');
      await page.getByRole('link', { name: 'Variables and secrets' }).click();
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('1LEVEL');
      await page.getByRole('button', { name: 'Add' }).click();
      await page.getByText('not beginning with a digit').waitFor();
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('LEVEL');
      await page.getByRole('textbox', { name: 'Value', exact: true }).fill('debug');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Apply 1 change' }).click();
      await page.getByText('Applied.', { exact: true }).waitFor();
      await page.goto(`${servicePage}/variables`);
      const row = page.getByRole('row', { name: /^LEVEL/ });
      await row.getByText('the environment').waitFor();
      expect(await row.getByRole('button', { name: 'Remove' }).count()).toBe(0);
    });
  });
});

describe('secrets', () => {
  it('are set, attached, and never shown; replacing one that somebody else replaced is told', async () => {
    await during(async ({ page, said }) => {
      await page.goto(`${servicePage}/variables`);
      await page.getByLabel('Name of the secret').fill('HUB_TOKEN');
      await page.getByLabel('Value of the secret').fill('planted-value');
      await page.getByRole('button', { name: 'Set', exact: true }).click();
      await page.getByRole('cell', { name: 'HUB_TOKEN' }).waitFor();
      await page.getByText('attached', { exact: true }).waitFor();
      expect(await page.content()).not.toContain('planted-value');
      expect(await page.getByLabel('Value of the secret').inputValue()).toBe('');
      expect((await shop.read()).secretGroups).toEqual(['app']);

      // The page has not heard yet that somebody else set it again.
      const params = { secretGroup: 'vision/production/app', name: 'HUB_TOKEN' };
      await page.getByLabel('Name of the secret').fill('HUB_TOKEN');
      await page.getByText('Takes the place of HUB_TOKEN of app').waitFor();
      await page.getByLabel('Value of the secret').fill('mine');
      let hold = true;
      await page.route('**/secrets?*', (route) => (hold ? {} : route.continue()));
      await shop.client.putSecret({ params, body: { value: 'theirs' } });
      await page.getByRole('button', { name: 'Replace' }).click();
      await page.getByRole('alert').getByText('nothing was overwritten').waitFor();
      expect((await shop.client.getSecret({ params })).version).toBe(2);
      expect(await page.getByLabel('Value of the secret').inputValue()).toBe('mine');
      hold = false;
      expect(said.filter((line) => !line.includes('404'))).toEqual([]);
    });
  });

  it('are removed after their name was typed', async () => {
    await during(async ({ page }) => {
      await page.goto(`${servicePage}/variables`);
      await page
        .getByRole('row', { name: /^HUB_TOKEN/ })
        .getByRole('button', { name: 'Remove' })
        .click();
      const dialog = page.getByRole('dialog', { name: 'Remove HUB_TOKEN' });
      expect(await dialog.getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true);
      await dialog.getByLabel('Type HUB_TOKEN to confirm').fill('HUB_TOKEN');
      await dialog.getByRole('button', { name: 'Remove' }).click();
      await page.getByRole('cell', { name: 'HUB_TOKEN' }).waitFor({ state: 'detached' });
    });
  });
});
