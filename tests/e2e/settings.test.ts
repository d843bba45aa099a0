import { createClient } from '@sconce/contract';
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
  await shop.live(await shop.deploy(tinyRepository({ body: 'one' }), 'First version'));
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

const settings = '/p/vision/-/settings';
const serviceSettings = '/p/vision/production/app/settings';

describe('members', () => {
  it('are invited with a link that is shown once and lets them in', async () => {
    await during(async ({ page, said }) => {
      await page.goto('/');
      await page.getByRole('navigation', { name: 'Projects' }).getByRole('link', { name: 'vision' }).click();
      await page
        .getByRole('navigation', { name: 'Pages of the project' })
        .getByRole('link', { name: 'Settings' })
        .click();
      await page.getByLabel('E-mail address').fill('ana@example.com');
      await page.keyboard.press('Enter');
      const shown = page.getByRole('region', { name: 'A link for ana@example.com' });
      const link = await shown.locator('pre').textContent();
      await page.getByRole('row', { name: /^ana / }).waitFor();
      await shown.getByRole('button', { name: 'Done' }).click();
      expect(await page.content()).not.toContain(link ?? '');
      expect(said.filter((line) => !line.includes('404'))).toEqual([]);

      const theirs = await visit(browser, platform, { signedIn: false });
      await theirs.page.goto(link ?? '');
      await theirs.page.getByRole('button').first().click();
      // Going on before it was answered would take the request back.
      await theirs.page.waitForURL((url) => url.href !== link);
      // The session is of the name that the link has.
      const there = (path: string) => new URL(path, link ?? '').href;
      await theirs.page.goto(there('/p/vision'));
      await theirs.page.getByRole('heading', { name: 'vision', exact: true }).waitFor();
      // A developer is not offered what they may not do.
      await theirs.page.goto(there(settings));
      await theirs.page.getByRole('row', { name: /^ana / }).waitFor();
      expect(await theirs.page.getByRole('button', { name: 'Invite' }).count()).toBe(0);
      expect(await theirs.page.getByRole('button', { name: 'Remove the project' }).count()).toBe(0);
      await theirs.context.close();
    });
  });

  it('who did not come get another link, which takes the place of the first one', async () => {
    await during(async ({ page, said }) => {
      await page.goto(settings);
      await page.getByLabel('E-mail address').fill('late@example.com');
      await page.keyboard.press('Enter');
      const first = await page
        .getByRole('region', { name: 'A link for late@example.com' })
        .locator('pre')
        .textContent();
      const row = page.getByRole('row', { name: /^late \(not here yet\)/ });
      await row.getByRole('button', { name: 'New link' }).click();
      const dialog = page.getByRole('dialog', { name: 'New link for late' });
      await dialog.getByText('As CLI and API call').click();
      await dialog.getByText('sconce users link late@example.com').waitFor();
      await dialog.getByRole('button', { name: 'Make the link' }).click();
      const second = await dialog
        .getByRole('region', { name: 'A link for late@example.com' })
        .locator('pre')
        .textContent();
      await dialog.getByRole('button', { name: 'Done' }).click();
      expect(await page.content()).not.toContain(second ?? '');
      expect(said.filter((line) => !line.includes('404'))).toEqual([]);

      const theirs = await visit(browser, platform, { signedIn: false });
      expect((await theirs.page.goto(first ?? ''))?.status()).toBe(410);
      await theirs.page.goto(second ?? '');
      await theirs.page.getByRole('button').first().click();
      await theirs.page.waitForURL((url) => url.href !== second);
      await theirs.context.close();
      // That they came shows by itself, and no more links are offered.
      await row.waitFor({ state: 'detached' });
      const now = page.getByRole('row', { name: /^late / });
      expect(await now.getByRole('button', { name: 'New link' }).count()).toBe(0);
      expect(await page.getByRole('row', { name: /^ana / }).getByRole('button', { name: 'New link' }).count()).toBe(0);
      await now.getByRole('button', { name: 'Remove' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await now.waitFor({ state: 'detached' });
    });
  });

  it('change their role where it stands, and are removed after being asked', async () => {
    await during(async ({ page }) => {
      await page.goto(settings);
      await page.getByLabel('Role of ana').selectOption('viewer');
      await expect
        .poll(async () =>
          (await shop.client.listMembers({ params: { project: 'vision' } })).data.find(
            ({ user }) => user.name === 'ana',
          ),
        )
        .toMatchObject({ role: 'viewer' });
      await page.getByRole('row', { name: /^ana / }).getByRole('button', { name: 'Remove' }).click();
      await page.getByRole('dialog').getByText('They see nothing of vision any more').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page.getByRole('row', { name: /^ana / }).waitFor({ state: 'detached' });
    });
  });
});

describe('the project itself', () => {
  const params = { project: 'vision' };

  it('is given another name, against what was seen of it', async () => {
    await during(async ({ page }) => {
      await page.goto(settings);
      const field = page.getByLabel('Name of the project');
      const save = page.getByRole('button', { name: 'Save the name' });
      expect([await field.inputValue(), await save.isDisabled()]).toEqual(['vision', true]);
      await field.fill('Vision team');
      await save.click();
      await expect.poll(async () => (await shop.client.getProject({ params })).name).toBe('Vision team');
      await expect.poll(() => save.isDisabled()).toBe(true);
      // What others name it meanwhile shows, until something is typed.
      await shop.client.updateProject({ params, body: { name: 'Theirs' } });
      await expect.poll(() => field.inputValue()).toBe('Theirs');
      await field.fill('Mine');
      await shop.client.updateProject({ params, body: { name: 'Theirs again' } });
      await page.getByRole('alert').getByText('now it is called Theirs again').waitFor();
      expect([await field.inputValue(), await save.isDisabled()]).toEqual(['Mine', true]);
      await page.getByRole('button', { name: 'Go on with mine' }).click();
      await save.click();
      await expect.poll(async () => (await shop.client.getProject({ params })).name).toBe('Mine');
      await shop.client.updateProject({ params, body: { name: 'vision' } });
    });
  });

  it('its repositories another default branch, which nobody else’s change is overruled by', async () => {
    const repository = { repository: 'vision/app' };
    const branch = async () => (await shop.client.getRepository({ params: repository })).defaultBranch;
    await during(async ({ page }) => {
      await page.goto(settings);
      await page.getByRole('row', { name: /^app/ }).getByRole('button', { name: 'Change' }).click();
      const dialog = page.getByRole('dialog', { name: 'Default branch of app' });
      const field = dialog.getByLabel('Default branch');
      await field.fill('a..b');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByRole('alert').getByText('a legal branch name').waitFor();
      await field.fill('trunk');
      await shop.client.updateRepository({ params: repository, body: { defaultBranch: 'theirs' } });
      await dialog.getByRole('alert').getByText('now its default branch is theirs').waitFor();
      expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
      await dialog.getByRole('button', { name: 'Go on with mine' }).click();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('row', { name: /^app/ }).getByText('trunk').waitFor();
      expect(await branch()).toBe('trunk');
    });
    await shop.client.updateRepository({ params: repository, body: { defaultBranch: 'main' } });
  });
});

describe('where code comes from and goes to', () => {
  it('a repository is added with an address to push to, and removed by its name', async () => {
    await during(async ({ page }) => {
      await page.goto(settings);
      await page.getByLabel('Name of the repository').fill('Not a slug');
      await page.keyboard.press('Enter');
      await page.getByText('Lower-case letters, digits').waitFor();
      await page.getByLabel('Name of the repository').fill('models');
      await page.keyboard.press('Enter');
      const row = page.getByRole('row', { name: /^models/ });
      await row.getByText(`${platform.apiUrl}/git/vision/models.git`).waitFor();
      await row.getByRole('button', { name: 'Remove' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Type models to confirm').fill('models');
      await dialog.getByRole('button', { name: 'Remove the repository' }).click();
      await row.waitFor({ state: 'detached' });
    });
  });

  it('a branch is tried before it is pushed, and the rules that decide are made and changed here', async () => {
    await shop.client.createEnvironment({ params: { project: 'vision' }, body: { slug: 'staging' } });
    await during(async ({ page }) => {
      await page.goto(settings);
      await page.getByRole('button', { name: 'New rule' }).click();
      const dialog = page.getByRole('dialog', { name: 'New branch rule' });
      await dialog.getByLabel('Branches').fill('**, !wip/**');
      await dialog.getByLabel('Deploy to').selectOption('staging');
      await dialog.getByRole('button', { name: 'Add the rule' }).click();
      await page.getByRole('row', { name: /^\*\*, !wip\/\*\*/ }).waitFor();

      const answer = async (branch: string) => {
        await page.getByLabel('Try a branch').fill(branch);
        return page.getByRole('status').filter({ hasText: branch });
      };
      const main = (await answer('main')).getByRole('listitem');
      await main.nth(1).waitFor();
      expect(await main.allTextContents()).toEqual([
        'main deploys to production,because main is its name',
        'main deploys to staging,because ** matches it',
      ]);
      await (await answer('wip/a')).getByText('deploys nowhere').waitFor();
      await page.getByLabel('Try a branch').fill('a..b');
      await page.getByRole('alert').getByText('a legal branch name').waitFor();

      await page.getByRole('row', { name: /^\*\*/ }).getByRole('button', { name: 'Change' }).click();
      await page.getByRole('dialog').getByLabel('Branches').fill('develop');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page
        .getByRole('row', { name: /^develop/ })
        .getByRole('button', { name: 'Remove' })
        .click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove the rule' }).click();
      await page.getByRole('row', { name: /^develop/ }).waitFor({ state: 'detached' });
    });
  });
});

describe('settings of a service', () => {
  it('are saved together over what sconce.yaml says, which stays told apart, and can be taken back', async () => {
    await shop.live(
      await shop.deploy(
        {
          ...tinyRepository({ body: 'two' }),
          'sconce.yaml': 'services:\n  app:\n    resources: { memory: 64Mi }\n    probe: { path: / }\n',
        },
        'With a file',
      ),
    );
    await during(async ({ page, said }) => {
      await page.goto(serviceSettings);
      const memory = page.getByLabel('Memory of each replica');
      expect(await memory.inputValue()).toBe('64 MiB');
      const row = page.locator('div', { has: memory }).last().locator('..');
      await row.getByText('sconce.yaml').waitFor();
      await memory.fill('lots');
      await page.getByText('A size, as 512 MiB or 2 GiB.').first().waitFor();
      expect(await page.getByRole('button', { name: 'Save 1 change' }).isDisabled()).toBe(true);
      await memory.fill('128 MiB');
      await page.getByLabel('CPUs of each replica').fill('0.5');
      const changes = page.getByRole('region', { name: 'Changes that are not saved yet' });
      expect(await changes.getByRole('listitem').allTextContents()).toEqual([
        'CPUs of each replicano limit0.5',
        'Memory of each replica64 MiB128 MiB',
      ]);
      const before = (await shop.read()).desired?.release.name;
      await changes.getByRole('button', { name: 'Save 2 changes' }).click();
      await page.getByText('Saved.', { exact: true }).waitFor();
      const service = await shop.read();
      expect([service.settings.resources, service.fileSettings.resources]).toEqual([
        { cpuMilli: 500, memoryMiB: 128 },
        { memoryMiB: 64 },
      ]);
      expect(service.desired?.release.name).not.toBe(before);
      await row.getByText('set here').waitFor();
      await row.getByRole('button', { name: 'Take back' }).click();
      await changes.getByText('as sconce.yaml says: 64 MiB').waitFor();
      await page.getByLabel('Deploy at once').uncheck();
      await page.getByRole('button', { name: 'Save 1 change' }).click();
      await row.getByText('sconce.yaml').waitFor();
      expect((await shop.read()).effectiveSettings.resources.memoryMiB).toBe(64);
      // A release that went live in the same moment moves the version, and the change is sent again.
      expect(said.filter((line) => !line.includes('412'))).toEqual([]);
    });
  });

  it('of two people at once the second is told', async () => {
    const params = { service: shop.service };
    await during(async ({ page, said }) => {
      await page.goto(serviceSettings);
      await page.getByLabel('Port').fill('9000');
      await shop.client.updateService({ params, body: { settings: { watchMs: 3_000 } } });
      await page.getByRole('alert').getByText('Somebody else changed this service meanwhile').waitFor();
      expect(await page.getByRole('button', { name: 'Save 1 change' }).isDisabled()).toBe(true);
      expect(await page.getByLabel('Watched after going live').inputValue()).toBe('3 s');
      await page.getByRole('button', { name: 'Go on with mine' }).click();
      await page.getByLabel('Deploy at once').uncheck();
      await page.getByRole('button', { name: 'Save 1 change' }).click();
      await page.getByText('Saved.', { exact: true }).waitFor();
      const { settings: set } = await shop.read();
      expect([set.port, set.watchMs]).toEqual([9_000, 3_000]);
      expect(said.filter((line) => !line.includes('412'))).toEqual([]);
    });
    await shop.client.updateService({ params, body: { settings: { port: null } } });
  });

  it('a GPU where there is none is refused in the words of the API, and nothing is changed', async () => {
    await during(async ({ page }) => {
      await page.goto('/p/vision/production/app');
      await page.getByRole('button', { name: 'GPU: no GPU' }).click();
      await page.getByRole('button', { name: /^Any GPU/ }).click();
      await page.getByRole('alert').getByText('The cluster local has no GPU').waitFor();
      await page.getByRole('alert').getByText('Ask for what is there').waitFor();
      expect((await shop.read()).effectiveSettings.resources.gpu).toBeNull();
    });
  });
});

describe('the danger zone', () => {
  it('says what goes, asks for the name, and removes a service, an environment and the project', async () => {
    const client = createClient({ baseUrl: platform.apiUrl, token: platform.token });
    await client.createProject({ body: { slug: 'doomed' } });
    await client.createEnvironment({ params: { project: 'doomed' }, body: { slug: 'production' } });
    for (const slug of ['first', 'second'])
      await client.createService({ params: { environment: 'doomed/production' }, body: { slug } });
    await during(async ({ page }) => {
      const confirm = async (name: string, button: string, tells: string) => {
        const dialog = page.getByRole('dialog');
        await dialog.getByText(tells).waitFor();
        expect(await dialog.getByRole('button', { name: button }).isDisabled()).toBe(true);
        await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
        await dialog.getByRole('button', { name: button }).click();
      };
      await page.goto('/p/doomed/production/first/settings');
      await page.getByRole('button', { name: 'Remove the service' }).click();
      await confirm('first', 'Remove the service', 'It stops at once');
      await page.waitForURL('**/p/doomed/production');
      await page.goto('/p/doomed/-/settings');
      await page
        .getByRole('row', { name: /^production/ })
        .getByRole('button', { name: 'Remove' })
        .click();
      await confirm('production', 'Remove the environment', 'doomed/production/second');
      await page.getByRole('row', { name: /^production/ }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Remove the project' }).click();
      await confirm('doomed', 'Remove the project', 'Removing it cannot be undone');
      await page.waitForURL(`${platform.apiUrl}/`);
      await page.getByRole('heading', { name: 'doomed' }).waitFor({ state: 'detached' });
      expect((await client.listProjects()).data.map(({ slug }) => slug)).toEqual(['vision']);
    });
  });
});
