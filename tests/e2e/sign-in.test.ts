import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createClient } from '@sconce/contract';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBarriers, openBrowser, overflowing } from '../support/browser.ts';
import { plugInPasskeys } from '../support/passkeys.ts';
import { type Platform, startPlatform } from '../support/platform.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const password = 'kettle orbit plum seven';

let platform: Platform;
let browser: Browser;
let localhost: string;

beforeAll(async () => {
  [platform, browser] = await Promise.all([startPlatform(), openBrowser()]);
  localhost = platform.apiUrl.replace('127.0.0.1', 'localhost');
});
afterAll(async () => {
  await browser?.close();
  await platform?.stop();
});

interface Here {
  readonly page: Page;
  readonly context: BrowserContext;
}

/** A browser of its own. Whatever it does, it asks nobody but us, and its page breaks no rule of its policy. */
async function during(work: (here: Here) => Promise<void>, baseURL = localhost): Promise<void> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
  });
  const foreign: string[] = [];
  const said: string[] = [];
  context.on('request', (request) => request.url().startsWith(baseURL) || foreign.push(request.url()));
  context.on('console', (message) => said.push(message.text()));
  context.on('weberror', (error) => said.push(String(error.error())));
  try {
    await work({ page: await context.newPage(), context });
    // Answers of 4xx a browser notes itself, and broken connections while this machine's networks change.
    expect(said.filter((line) => !/status of 4\d\d|ERR_NETWORK_CHANGED/.test(line))).toEqual([]);
    expect(foreign).toEqual([]);
  } finally {
    await context.close();
  }
}

let count = 0;

/** Somebody new, and the link that lets them in. */
async function invite(name = 'Ada Byron') {
  count += 1;
  const client = createClient({ baseUrl: platform.apiUrl, token: platform.token });
  const email = `ada-${count}@example.org`;
  const { setupUrl } = await client.createUser({ body: { email, name } });
  return { email, setupUrl };
}

async function openLink(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('button', { name: 'Open Sconce' }).click();
  await page.getByRole('button', { name: 'You', exact: true }).waitFor();
}

async function openAccount(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'You', exact: true }).click();
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('heading', { name: 'Passkeys' }).waitFor();
}

async function setPassword(page: Page): Promise<void> {
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText('Your password is set.').waitFor();
}

async function addPasskey(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByText('not used yet').waitFor();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'You', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in to Sconce' }).waitFor();
}

async function typePassword(page: Page, email: string, text = password): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
}

const isIn = (page: Page) => page.getByRole('button', { name: 'You', exact: true }).waitFor();

describe('a password', () => {
  it('is set on the account page, and lets in where a link led', async () => {
    const { email, setupUrl } = await invite();
    await during(async ({ page }) => {
      await openLink(page, setupUrl);
      await openAccount(page);
      await page.getByText('You have none').waitFor();
      await page.getByLabel('New password').fill(`${email} ${email}`);
      await page.getByRole('button', { name: 'Set password' }).click();
      await page.getByText('little more than your name or address').waitFor();
      await setPassword(page);
      await page.getByText('Set now').waitFor();
      await signOut(page);
      await page.goto('/account');
      await typePassword(page, email, 'wrong but long enough');
      await page.getByText('let nobody in here').waitFor();
      await typePassword(page, email);
      await page.getByRole('heading', { name: 'Ada Byron' }).waitFor();
      expect(new URL(page.url()).pathname).toBe('/account');
    });
  });

  it('says how long to wait after too many guesses, and nothing of who is here', async () => {
    await during(async ({ page }) => {
      await page.goto('/');
      for (let tries = 0; tries < 5; tries += 1) {
        const answered = page.waitForResponse((response) => response.url().endsWith('/v1/sessions'));
        await typePassword(page, 'nobody@example.org', `guess number ${tries} of many`);
        expect((await answered).status()).toBe(401);
      }
      await typePassword(page, 'nobody@example.org', 'the last of them all');
      await page.getByText(/Too many tries failed; the next one is looked at in \d+ s/).waitFor();
    });
  });

  it('that is changed puts everybody else out at once', async () => {
    const { email, setupUrl } = await invite();
    await during(async ({ page }) => {
      await openLink(page, setupUrl);
      await openAccount(page);
      await setPassword(page);
      await during(async ({ page: other }) => {
        await other.goto('/account');
        await typePassword(other, email);
        await other.getByLabel('Name', { exact: true }).fill('Half-typed');
        await page.getByLabel('New password').fill(`${password} eight`);
        await page.getByRole('button', { name: 'Change password' }).click();
        await page.getByText('Your other session ended').waitFor();
        const dialog = other.getByRole('dialog', { name: 'Sign in again' });
        await dialog.waitFor({ timeout: 5_000 });
        await dialog.getByLabel('E-mail address').fill(email);
        await dialog.getByLabel('Password', { exact: true }).fill(`${password} eight`);
        await other.keyboard.press('Enter');
        await dialog.waitFor({ state: 'detached' });
        expect(await other.getByLabel('Name', { exact: true }).inputValue()).toBe('Half-typed');
      });
    });
  });
});

describe('a passkey', () => {
  it('is added in one press, named, used instead of a password, and removed', async () => {
    const { setupUrl } = await invite();
    await during(async ({ page }) => {
      const passkeys = await plugInPasskeys(page);
      await openLink(page, setupUrl);
      await openAccount(page);
      await addPasskey(page);
      expect(await passkeys.count()).toBe(1);
      await page.getByRole('button', { name: 'Rename' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('Blue laptop');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByText('Blue laptop').waitFor();
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await page.getByText('has a passkey for you already').waitFor();

      // Without one unlocked nothing happens by itself, and the browser says no.
      await passkeys.setUnlocked(false);
      await signOut(page);
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.getByText('Nothing came of it').waitFor();
      await passkeys.setUnlocked(true);
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await isIn(page);
      await page.goto('/account');
      await page.getByText('last used now').waitFor();
      await page.getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByRole('button', { name: 'Remove passkey' }).click();
      await page.getByText('Blue laptop', { exact: true }).waitFor({ state: 'detached' });
    });
  });

  it('is asked for after the password, where its person wants that', async () => {
    const { email, setupUrl } = await invite();
    await during(async ({ page }) => {
      const passkeys = await plugInPasskeys(page);
      await openLink(page, setupUrl);
      await openAccount(page);
      await setPassword(page);
      await addPasskey(page);
      await page.getByLabel('After my password, ask for a passkey too').check();
      await passkeys.setUnlocked(false);
      await signOut(page);
      await typePassword(page, email);
      await page.getByText('The password is right. Now confirm with your passkey').waitFor();
      await page.getByText('Nothing came of it').waitFor();
      await passkeys.setUnlocked(true);
      await page.getByRole('button', { name: 'Confirm with passkey' }).click();
      await isIn(page);
      await page.goto('/account');
      await page.getByText('with a password and a passkey').waitFor();
      expect(await page.getByLabel('After my password, ask for a passkey too').isChecked()).toBe(true);
    });
  });

  it('is offered by the browser itself: nothing is pressed', async () => {
    const { setupUrl } = await invite();
    await during(async ({ page }) => {
      // It takes what is offered at once, as a person would who is asked to touch it.
      const passkeys = await plugInPasskeys(page);
      await openLink(page, setupUrl);
      await openAccount(page);
      await addPasskey(page);
      await passkeys.setUnlocked(false);
      await signOut(page);
      await passkeys.setUnlocked(true);
      await page.reload();
      await isIn(page);
      await page.goto('/account');
      await page.getByText('with a passkey').waitFor();
    });
  });

  it('works at the name of this machine, and the page at its address says so and leads there', async () => {
    const { setupUrl } = await invite();
    await during(async ({ page }) => {
      await openLink(page, setupUrl.replace('localhost', '127.0.0.1'));
      await openAccount(page);
      await page.getByText('Browsers bind passkeys to a name').waitFor();
      expect(await page.getByRole('button', { name: 'Add a passkey' }).count()).toBe(0);
      await signOut(page);
      await page.getByText('not at this address').waitFor();
      expect(await page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0);
      const link = page.getByRole('link', { name: new URL(localhost).host });
      expect(await link.getAttribute('href')).toBe(`${localhost}/`);
    }, platform.apiUrl);
  });
});

describe('sessions', () => {
  it('are listed with where they are, and end where they are open at once', async () => {
    const { email, setupUrl } = await invite();
    await during(async ({ page }) => {
      await openLink(page, setupUrl);
      await openAccount(page);
      await setPassword(page);
      await during(async ({ page: second }) => {
        await second.goto('/');
        await typePassword(second, email);
        await isIn(second);
        // It is there by itself, over the stream.
        await page.getByText('with a password').waitFor({ timeout: 5_000 });
        expect(await page.getByText('This one').count()).toBe(1);
        await page.getByRole('button', { name: 'End', exact: true }).click();
        await second.getByRole('dialog', { name: 'Sign in again' }).waitFor({ timeout: 5_000 });
        await page.getByText('with a password').waitFor({ state: 'detached' });
      });
    });
  });

  it('all others end in one press', async () => {
    const { email, setupUrl } = await invite();
    await during(async ({ page }) => {
      await openLink(page, setupUrl);
      await openAccount(page);
      await setPassword(page);
      const client = createClient({ baseUrl: platform.apiUrl });
      for (let made = 0; made < 3; made += 1) await client.createSession({ body: { email, password } });
      await page.getByRole('button', { name: 'End the 3 others' }).click();
      await page.getByRole('button', { name: /^End the/ }).waitFor({ state: 'detached' });
      expect(await page.getByText(/^Began/).count()).toBe(1);
    });
  });

  it('that a token began look at the account and change nothing', async () => {
    await during(async ({ page }) => {
      await page.goto('/account');
      await page.getByLabel('Sign-in link or personal token').fill(platform.token);
      await page.keyboard.press('Enter');
      await page.getByText('This session began with a token').waitFor();
      expect(await page.getByLabel('New password').count()).toBe(0);
      expect(await page.getByLabel('Name', { exact: true }).isDisabled()).toBe(true);
    });
  });
});

describe('the account page', () => {
  it.each([
    { colorScheme: 'dark', width: 1440 },
    { colorScheme: 'light', width: 1440 },
    { colorScheme: 'dark', width: 390 },
  ] as const)('is for everybody, in $colorScheme, $width px wide', async ({ colorScheme, width }) => {
    const { setupUrl } = await invite('<b>Ada</b> \u202enoryB');
    await during(async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const expectFine = async () => {
        expect(await findBarriers(page)).toEqual([]);
        expect(await overflowing(page)).toEqual([]);
      };
      await plugInPasskeys(page);
      await openLink(page, setupUrl);
      await openAccount(page);
      await expectFine();
      await page.getByLabel('New password').fill('password password');
      await page.getByRole('button', { name: 'Set password' }).click();
      await page.getByText('everybody tries first').waitFor();
      await expectFine();
      await setPassword(page);
      await addPasskey(page);
      await page.getByLabel('After my password').waitFor();
      await expectFine();
      for (const name of ['Rename', 'Remove', 'Remove password']) {
        await page.getByRole('button', { name, exact: true }).click();
        await page.getByRole('dialog').waitFor();
        await expectFine();
        await page.keyboard.press('Escape');
      }
      expect(await page.locator('main b').count()).toBe(0);
      expect(await page.evaluate('document.body.innerText')).not.toMatch(/[\u202a-\u202e]/u);
    });
  });

  it('with many times on it is drawn once a second', async () => {
    const { email, setupUrl } = await invite();
    await during(async ({ page }) => {
      await openLink(page, setupUrl);
      await openAccount(page);
      await setPassword(page);
      const client = createClient({ baseUrl: platform.apiUrl });
      for (let made = 0; made < 20; made += 1) await client.createSession({ body: { email, password } });
      await page.getByRole('button', { name: 'End the 20 others' }).waitFor();
      // How often something on the page changed: what is drawn again and again for nothing shows as more.
      const [changes, seconds] = await page.evaluate<[number, number]>(`new Promise((resolve) => {
        let changes = 0;
        const observer = new MutationObserver(() => { changes += 1; });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
        const begun = performance.now();
        setTimeout(() => { observer.disconnect(); resolve([changes, (performance.now() - begun) / 1_000]); }, 2_500);
      })`);
      expect(changes).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    });
  });
});

describe('who lost everything', () => {
  it('gets in by a link that a command on the machine prints, and sets a password without the old one', async () => {
    const { email, setupUrl } = await invite();
    await during(async ({ page }) => {
      await openLink(page, setupUrl);
      await openAccount(page);
      await setPassword(page);
      await signOut(page);
      const url = printLink(email);
      expect(url).toMatch(new RegExp(`^${localhost}/setup/\\w+$`));
      await page.getByLabel('Sign-in link or personal token').fill(url);
      await page.keyboard.press('Enter');
      await isIn(page);
      await page.goto('/account');
      expect(await page.getByLabel('Present password').count()).toBe(0);
      await page.getByLabel('New password').fill(`${password} anew`);
      await page.getByRole('button', { name: 'Change password' }).click();
      await page.getByText('Your password is set').waitFor();
      await signOut(page);
      await page.getByLabel('Sign-in link or personal token').fill(url);
      await page.keyboard.press('Enter');
      await page.getByText('This link was used').waitFor();
    });
  });

  it('is told when nobody has that address', () => {
    expect(printLink('nobody@example.org')).toContain('Nobody here has that address');
  });
});

/** `npm run link -- <email>`, as on the machine itself: the link, or all that it says instead. */
function printLink(email: string): string {
  const api = Number(new URL(platform.apiUrl).port);
  const gateway = Number(new URL(platform.gatewayUrl).port);
  const installation = {
    id: 'ins-test',
    linkToken: 'link-token-of-a-test-0123456789abcdef',
    apiHost: '127.0.0.1',
    gatewayHost: '127.0.0.1',
    ports: { api, gateway, gatewayAdmin: gateway, link: gateway },
  };
  writeFileSync(`${platform.home}/installation.json`, JSON.stringify(installation));
  const { stdout, stderr } = spawnSync(process.execPath, [`${root}tools/bootstrap/link.mjs`, email], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: platform.home,
      SCONCE_CONTINUED: '1',
      SCONCE_HOME: platform.home,
      DATABASE_URL: platform.databaseUrl,
    },
  });
  return stdout.split('\n').find((line) => line.startsWith('http')) ?? `${stdout}${stderr}`;
}
