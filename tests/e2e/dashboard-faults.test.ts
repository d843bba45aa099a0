import { createClient } from '@sconce/contract';
import { openDatabase } from '@sconce/db';
import { freePort, waitUntil } from '@sconce/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BreakableLine, openBreakableLine } from '../support/breakable-line.ts';
import { arrive, openBrowser, overflowing, type Visit, visit } from '../support/browser.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let line: BreakableLine;
let platform: Platform;
let browser: Browser;
let shop: Workshop;
const servicePage = '/p/vision/production/app';
const service = { service: 'vision/production/app' };

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  line = await openBreakableLine(await freePort());
  [platform, browser] = await Promise.all([
    startPlatform({ environment: { SCONCE_PUBLIC_URL: line.url } }),
    openBrowser(),
  ]);
  line.to(platform.apiUrl);
  shop = await openWorkshop(platform, 'vision');
  // A line of ten megabytes without an end, then one that can be found.
  const long =
    '/bin/busybox dd if=/dev/zero bs=65536 count=160 2>/dev/null | /bin/busybox tr "\\0" x; echo; echo after-the-long-line';
  await shop.live(await shop.deploy(tinyRepository({ body: 'one', before: long }), 'First version'));
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
  await line?.close();
});

interface Options extends NonNullable<Parameters<typeof visit>[2]> {
  readonly token?: string;
  /** Of this browser's clock, against the right time. */
  readonly clockAheadMs?: number;
}

/** Somebody whose way to the API can break. */
async function during(path: string, work: (page: Page, visit: Visit) => Promise<void>, options: Options = {}) {
  const { token = platform.token, clockAheadMs = 0 } = options;
  const here = await visit(browser, { ...platform, apiUrl: line.url, token }, options);
  try {
    if (clockAheadMs !== 0) await here.context.addInitScript(setClock, clockAheadMs);
    await arrive(here.page, path);
    await work(here.page, here);
    expect(here.foreign).toEqual([]);
  } finally {
    line.mend();
    await here.context.close();
  }
}

function setClock(aheadMs: number): void {
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...given: []) {
      if (given.length === 0) super(Right.now() + aheadMs);
      else super(...given);
    }
    static override now = () => Right.now() + aheadMs;
  } as DateConstructor;
}

const variables = async () => {
  const { data } = await shop.client.listServiceVariables({ params: service });
  return Object.fromEntries(data.map(({ name, value }) => [name, value]));
};
const notConnected = (page: Page) => page.getByText('Not connected since');
const signInAgain = async (page: Page, token = platform.token) => {
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.waitFor();
  await dialog.getByLabel('Sign-in link or personal token').fill(token);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
};

describe('the line breaks', () => {
  it('and is whole again: the page said so, missed nothing, and has what was typed', async () => {
    await during('/p/vision', async (page) => {
      await page.getByRole('link', { name: 'app' }).first().waitFor();
      line.cut();
      await notConnected(page).waitFor();
      await shop.client.createEnvironment({ params: { project: 'vision' }, body: { slug: 'while-away' } });
      line.mend();
      await notConnected(page).waitFor({ state: 'detached', timeout: 20_000 });
      await page.getByRole('heading', { name: 'while-away' }).waitFor();
      await shop.client.deleteEnvironment({ params: { environment: 'vision/while-away' } });
      await page.getByRole('heading', { name: 'while-away' }).waitFor({ state: 'detached' });
    });
  });

  it('without anybody noticing: what fell silent is given up, and begun anew', async () => {
    await during('/p/vision', async (page) => {
      await page.getByRole('link', { name: 'app' }).first().waitFor();
      line.stall();
      // The server says something every 15 s; after 40 s without, nobody believes in the connection any more.
      await notConnected(page).waitFor({ timeout: 60_000 });
      line.mend();
      await notConnected(page).waitFor({ state: 'detached', timeout: 20_000 });
      await shop.client.createEnvironment({ params: { project: 'vision' }, body: { slug: 'after' } });
      await page.getByRole('heading', { name: 'after' }).waitFor();
      await shop.client.deleteEnvironment({ params: { environment: 'vision/after' } });
    });
  });
});

describe('only the answer of a write is lost', () => {
  const isWrite = (method: string, path: RegExp) => (requestLine: string) => {
    const [asked = '', url = ''] = requestLine.split(' ');
    return asked === method && path.test(url);
  };
  const versionOf = async (name: string) =>
    (await shop.client.listServiceVariables({ params: service })).data.find((one) => one.name === name)?.version;

  it('once: the page repeats it by itself, it is made once, and nobody is said to have been quicker', async () => {
    await shop.client.replaceServiceVariables({ params: service, body: { MODEL: 'resnet50' } });
    const before = (await versionOf('MODEL')) ?? 0;
    await during(`${servicePage}/variables`, async (page) => {
      await page.getByLabel('Value of MODEL').fill('resnet18');
      await page.getByLabel('Deploy at once').uncheck();
      const meant = isWrite('PATCH', /\/variables/);
      line.loseAnswers((requestLine) => line.lost() === 0 && meant(requestLine));
      await page.getByRole('button', { name: 'Apply 1 change' }).click();
      await page.getByText('Applied.', { exact: true }).waitFor();
      expect(line.lost()).toBe(1);
      expect(await page.getByRole('alert').count()).toBe(0);
      expect([await variables(), await versionOf('MODEL')]).toEqual([{ MODEL: 'resnet18' }, before + 1]);
    });
  });

  it('each time: what is there is read, and it is said to be applied since it is there', async () => {
    await shop.client.replaceServiceVariables({ params: service, body: { MODEL: 'resnet50' } });
    const before = (await versionOf('MODEL')) ?? 0;
    await during(`${servicePage}/variables`, async (page) => {
      await page.getByLabel('Value of MODEL').fill('resnet34');
      await page.getByLabel('Deploy at once').uncheck();
      line.loseAnswers(isWrite('PATCH', /\/variables/));
      await page.getByRole('button', { name: 'Apply 1 change' }).click();
      await page.getByText('Applied.', { exact: true }).waitFor();
      expect(line.lost()).toBeGreaterThan(1);
      expect(await page.getByText('Nothing was applied').count()).toBe(0);
      expect([await variables(), await versionOf('MODEL')]).toEqual([{ MODEL: 'resnet34' }, before + 1]);
    });
  });

  it('of what is shown once: it is not known at first, and the same press again shows it and makes no second one', async () => {
    await during('/tokens', async (page) => {
      await page.getByLabel('Name of the token').fill('lost and found');
      line.loseAnswers(isWrite('POST', /^\/v1\/tokens/));
      await page.getByRole('button', { name: 'Make it' }).click();
      await page.getByRole('alert').getByText('No answer came, so it is not known whether this was done.').waitFor();
      expect(await page.getByRole('row', { name: /^lost and found/ }).count()).toBe(1);
      expect(await page.getByText('The token was not made').count()).toBe(0);
      line.mend();
      await page.getByRole('button', { name: 'Make it' }).click();
      const shown = page.getByRole('region', { name: 'The token lost and found' });
      expect(await shown.locator('pre').textContent()).toMatch(/^sconce_personal_/);
      expect(await page.getByRole('row', { name: /^lost and found/ }).count()).toBe(1);
      const { data } = await shop.client.listTokens({ query: { limit: 200 } });
      expect(data.filter(({ name }) => name === 'lost and found')).toHaveLength(1);
    });
  });

  it('or it never arrived: the page says that it does not know, and offers it again only once it has read what is there', async () => {
    await during('/p/vision/-/settings', async (page) => {
      await page.getByLabel('Name of the environment').fill('late');
      line.cut();
      await page.getByLabel('Name of the environment').press('Enter');
      await page
        .getByRole('alert')
        .getByText('The API does not answer, so it is not known whether this was done.')
        .waitFor();
      const add = page.locator('form', { has: page.getByLabel('Name of the environment') }).getByRole('button');
      expect(await add.getAttribute('aria-busy')).toBe('true');
      line.mend();
      await page.getByRole('alert').getByText('look whether it is there before you send it again').waitFor();
      expect(await page.getByRole('link', { name: 'late', exact: true }).count()).toBe(0);
      await add.click();
      await page.getByRole('link', { name: 'late', exact: true }).first().waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    });
    await shop.client.deleteEnvironment({ params: { environment: 'vision/late' } });
  });
});

describe('the API restarts', () => {
  it('while forms are half filled: they stay as they are, and what they hold is applied after it', async () => {
    await shop.client.replaceServiceVariables({ params: service, body: { MODEL: 'resnet50' } });
    await during(`${servicePage}/variables`, async (page) => {
      await page.getByLabel('Value of MODEL').fill('resnet101');
      await page.getByLabel('Name of the secret').fill('HALF');
      await platform.processes.api.end('SIGKILL');
      await notConnected(page).waitFor();
      await page.getByRole('button', { name: 'Apply 1 change' }).click();
      await page.getByRole('alert').getByText('The API does not answer').waitFor({ timeout: 20_000 });
      expect(await page.getByLabel('Value of MODEL').inputValue()).toBe('resnet101');
      await platform.processes.api.start();
      await notConnected(page).waitFor({ state: 'detached', timeout: 20_000 });
      expect(await page.getByLabel('Name of the secret').inputValue()).toBe('HALF');
      await page.getByLabel('Deploy at once').uncheck();
      // It is offered again once what is there was read.
      await page.getByRole('alert').getByText('look whether it is there').waitFor();
      await page.getByRole('button', { name: 'Apply 1 change' }).click();
      await page.getByText('Applied.', { exact: true }).waitFor();
      expect(await variables()).toEqual({ MODEL: 'resnet101' });
    });
  });

  it('while a change is being applied: it is made once, and the page says how it ended', async () => {
    await shop.client.replaceServiceVariables({ params: service, body: { MODEL: 'resnet50' } });
    await during(`${servicePage}/variables`, async (page) => {
      await page.getByLabel('Value of MODEL').fill('resnet152');
      await page.getByLabel('Deploy at once').uncheck();
      // It got the request, and no answer comes out of it.
      await platform.processes.api.signal('SIGSTOP');
      await page.getByRole('button', { name: 'Apply 1 change' }).click();
      await platform.processes.api.end('SIGKILL');
      await platform.processes.api.start();
      await notConnected(page).waitFor({ state: 'detached', timeout: 20_000 });
      const apply = page.getByRole('button', { name: 'Apply 1 change' });
      const applied = page.getByText('Applied.', { exact: true });
      await applied
        .or(apply.and(page.locator(':enabled[aria-busy=false]')))
        .first()
        .waitFor();
      if (!(await applied.isVisible())) await apply.click();
      await applied.waitFor();
      expect(await variables()).toEqual({ MODEL: 'resnet152' });
    });
  });
});

describe('who was known is known no more', () => {
  it('when the token that let them in is revoked: asked on the page, which goes on with all that was typed', async () => {
    const made = await shop.client.createToken({ body: { kind: 'personal', name: 'of a page', scopes: ['write'] } });
    const work = async (page: Page, { context }: Visit) => {
      await page.getByLabel('Value of MODEL').fill('typed before');
      const other = await context.newPage();
      await other.goto(`${servicePage}/logs`);
      await other.getByRole('log').getByText('after-the-long-line').first().waitFor();
      await shop.client.deleteToken({ params: { token: made.id } });
      await other.getByRole('dialog', { name: 'Sign in again' }).waitFor();
      await signInAgain(page);
      // The other tab need not be asked as well, and its log goes on.
      await other.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByLabel('Deploy at once').uncheck();
      await page.getByRole('button', { name: 'Apply 1 change' }).click();
      await page.getByText('Applied.', { exact: true }).waitFor();
      expect(await variables()).toEqual({ MODEL: 'typed before' });
      await shop.live(
        await shop.deploy(tinyRepository({ body: 'two', before: 'echo said-after-signing-in' }), 'Second version'),
      );
      await other.getByRole('log').getByText('said-after-signing-in').first().waitFor();
    };
    await during(`${servicePage}/variables`, work, { token: made.token });
  });
});

describe('the browser’s clock is off', () => {
  it.each([3_600_000, -3_600_000])('by %d ms: how long ago is said by the server’s', async (clockAheadMs) => {
    const made = await shop.client.createToken({
      body: { kind: 'personal', name: `old ${clockAheadMs}`, scopes: ['read'] },
    });
    const db = openDatabase({ url: platform.databaseUrl, maxConnections: 1 });
    await db.pool.query("UPDATE token SET last_used_at = now() - interval '10 minutes' WHERE id = $1", [made.id]);
    await db.close();
    await during(
      '/tokens',
      async (page) => {
        const row = page.getByRole('row', { name: new RegExp(`^old ${clockAheadMs}`) });
        await row.getByText(/^10 min ago$/).waitFor();
        line.cut();
        await notConnected(page).waitFor();
        expect(await notConnected(page).innerText()).toMatch(/what you see is 0:\d\d old/);
      },
      { clockAheadMs },
    );
  });
});

describe('two people', () => {
  it('change the same branch rule: the second is told by what, and nothing is overwritten', async () => {
    const client = createClient({ baseUrl: platform.apiUrl, token: platform.token });
    const [rule] = (await client.listBranchRules({ params: { project: 'vision' } })).data;
    const params = { branchRule: rule?.id ?? '' };
    const branches = async () => (await client.getBranchRule({ params })).branches;
    await during('/p/vision/-/settings', async (page) => {
      const row = page.getByRole('row', { name: /^main/ });
      await row.getByRole('button', { name: 'Change' }).click();
      const dialog = page.getByRole('dialog', { name: 'Change the branch rule' });
      await dialog.getByLabel('Branches').fill('main, mine');
      await client.updateBranchRule({ params, body: { branches: ['main', 'theirs'] } });
      await dialog.getByText('now main, theirs deploys to production').waitFor();
      expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
      await dialog.getByRole('button', { name: 'Go on with mine' }).click();
      // In the moment before the page hears of it, the API refuses.
      let hold = true;
      await page.route('**/branch-rules*', (route) =>
        hold && route.request().method() === 'GET' ? {} : route.continue(),
      );
      await client.updateBranchRule({ params, body: { branches: ['main', 'theirs-again'] } });
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByRole('alert').waitFor();
      expect(await branches()).toEqual(['main', 'theirs-again']);
      expect(await dialog.getByLabel('Branches').inputValue()).toBe('main, mine');
      hold = false;
    });
    await client.updateBranchRule({ params, body: { branches: ['main'] } });
  });
});

describe('what strangers wrote', () => {
  it('a line of ten megabytes is text that does not keep the page from answering', async () => {
    await during(`${servicePage}/logs`, async (page) => {
      await page
        .getByRole('log')
        .getByText(/after-the-long-line|said-after-signing-in/)
        .first()
        .waitFor();
      const longest = await page.evaluate(`new Promise((resolve) => {
        let longest = 0; let last = performance.now(); const end = last + 2_000;
        const frame = (now) => { longest = Math.max(longest, now - last); last = now; now < end ? requestAnimationFrame(frame) : resolve(longest); };
        requestAnimationFrame(frame);
      })`);
      expect(longest).toBeLessThan(1_000);
      await page.getByLabel('Search the log').fill('after-the-long');
      await page.keyboard.press('Enter');
      await page.getByText(/^1 of \d/).waitFor();
      expect(await overflowing(page)).toEqual([]);
    });
  });

  it('names with markup and overrides stay text where people choose them', async () => {
    const name = '<img src=x onerror=alert(1)>\u202egnp';
    await shop.client.updateProject({ params: { project: 'vision' }, body: { name } });
    await shop.client.updateService({ params: service, body: { name } });
    await during('/', async (page) => {
      for (const path of ['/', '/p/vision', servicePage, `${servicePage}/settings`, '/p/vision/-/settings']) {
        await page.goto(path);
        await page.locator('main h1').first().waitFor({ state: 'attached' });
        expect(await page.locator('main img').count()).toBe(0);
        expect(await page.evaluate('document.body.innerText + document.title')).not.toMatch(/[\u202a-\u202e]/u);
      }
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('combobox').fill('vision');
      await page.getByRole('dialog').getByRole('option').first().waitFor();
      expect(await page.locator('dialog img').count()).toBe(0);
    });
  });
});

describe('filters are in the address', () => {
  it.each([
    ['a log', `${servicePage}/logs`, 'Only lines with this text', 'needle', 'text=needle'],
    ['activity', '/p/vision/-/activity', 'What', 'build', 'type=build'],
  ])('of %s: back, forward, reload and a link bring them back', async (_, path, label, value, query) => {
    await during(path, async (page, { context }) => {
      const field = page.getByLabel(label, { exact: true });
      await field.waitFor();
      await (label === 'What' ? field.selectOption(value) : field.fill(value));
      const isThere = () => new URL(page.url()).search.includes(query);
      await waitUntil('the filter to be in the address', isThere, 5_000);
      const filtered = page.url();
      await page
        .getByRole('navigation', { name: /^Pages of/ })
        .getByRole('link', { name: 'Settings' })
        .click();
      await page.waitForURL(/settings$/);
      await page.goBack();
      await waitUntil('the page with its filter', async () => page.url() === filtered, 5_000);
      await expect.poll(() => field.inputValue()).toBe(value);
      await page.goForward();
      await page.waitForURL(/settings$/);
      await page.goBack();
      await page.reload();
      await expect.poll(() => field.inputValue()).toBe(value);
      const other = await context.newPage();
      await other.goto(filtered);
      await expect.poll(() => other.getByLabel(label, { exact: true }).inputValue()).toBe(value);
    });
  });
});
