import { waitUntil } from '@sconce/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBarriers, keepPicture, openBrowser, overflowing, visit } from '../support/browser.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

/** Markup, an escape that colours, one that moves the cursor, and an override that turns text around. */
const hostile = '<img src=x onerror=alert(1)> \u001b[31mred\u001b[2J \u202egnp.exe';

let platform: Platform;
let browser: Browser;
let shop: Workshop;
let builds: { readonly good: string; readonly bad: string };

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  [platform, browser] = await Promise.all([startPlatform(), openBrowser()]);
  shop = await openWorkshop(platform, 'vision');
  await shop.client.updateProject({ params: { project: 'vision' }, body: { name: '<b>Vision</b> \u202enoisiv' } });
  const before = `printf '%s\\n' '${hostile}'; echo "ERROR: something"`;
  await shop.live(await shop.deploy(tinyRepository({ body: 'one', before }), 'First'));
  await shop.live(await shop.deploy(tinyRepository({ body: 'two', before }), `Second ${hostile}`));
  await shop.client.updateServiceVariables({
    params: { service: shop.service },
    body: { MODEL: 'resnet50' },
    query: { deploy: true },
  });
  await shop.deploy({ Dockerfile: 'FROM sconce-test/tiny:1\nRUN echo broken; exit 3\n' }, 'Broken');
  const { data } = await waitUntil(
    'the builds to end',
    async () => {
      const page = await shop.client.listBuilds({ params: { service: shop.service } });
      return page.data[0]?.phase === 'failed' ? page : null;
    },
    60_000,
  );
  builds = { bad: data[0]?.id ?? '', good: data[1]?.id ?? '' };
  const group = await shop.client.createSecretGroup({
    params: { environment: 'vision/production' },
    body: { slug: 'hub' },
  });
  await shop.client.putSecret({ params: { secretGroup: group.id, name: 'HUB_TOKEN' }, body: { value: 'planted' } });
  await shop.client.createUser({ body: { email: 'ana@example.com', name: `Ana <b>Lima</b> \u202eanA` } });
  await shop.client.putMember({ params: { project: 'vision', email: 'ana@example.com' }, body: { role: 'viewer' } });
  await shop.client.createToken({ body: { kind: 'personal', name: `<b>${'long '.repeat(19)}`, scopes: ['read'] } });
  await shop.client.createProject({ body: { slug: 'empty' } });
  await shop.client.createService({
    params: { environment: 'vision/production' },
    body: { slug: 'fresh', repository: 'app' },
  });
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

/** Each page in each of its looks: its address, and what is on it once it is whole. */
const pages: readonly (readonly [string, () => string, string])[] = [
  ['home', () => '/', 'production/'],
  ['project', () => '/p/vision', 'fresh'],
  ['project without a service', () => '/p/empty', 'No service yet'],
  ['environment', () => '/p/vision/production', 'fresh'],
  ['service', () => '/p/vision/production/app', 'Last lines'],
  ['service over a week', () => '/p/vision/production/app?range=7d', 'As a table'],
  ['service without a push', () => '/p/vision/production/fresh', 'git push sconce'],
  ['builds', () => '/p/vision/production/app/builds', 'Second'],
  ['builds where there are none', () => '/p/vision/production/fresh/builds', 'Nothing was built yet'],
  ['build', () => `/p/vision/production/app/builds/${builds.good}`, 'from push to live'],
  ['failed build', () => `/p/vision/production/app/builds/${builds.bad}`, 'ended with exit code 3'],
  ['releases', () => '/p/vision/production/app/releases', 'Second'],
  ['releases where there are none', () => '/p/vision/production/fresh/releases', 'There is none yet'],
  ['release', () => '/p/vision/production/app/releases/r3?compare=r1', '1 variable added'],
  ['playground', () => '/p/vision/production/app/playground', 'As curl, Python, JavaScript'],
  ['playground where nothing is live', () => '/p/vision/production/fresh/playground', 'Nothing is live yet'],
  ['what there is to deploy', () => '/p/-/deploy', 'From a terminal'],
  ['plan of an example', () => '/p/-/deploy?example=resnet50', 'Ready when'],
  ['plan of a repository', () => '/p/-/deploy?repository=vision/app', 'Ready when'],
  ['logs', () => '/p/vision/production/app/logs', 'ERROR: something'],
  ['logs where nothing was said', () => '/p/vision/production/fresh/logs', 'It has said nothing yet'],
  ['variables', () => '/p/vision/production/app/variables', 'HUB_TOKEN'],
  ['variables of an environment', () => '/p/vision/production/-/variables', 'attached to no service'],
  ['settings of a service', () => '/p/vision/production/app/settings', 'Danger zone'],
  ['activity of a service', () => '/p/vision/production/app/activity', 'changed variables'],
  ['settings of a project', () => '/p/vision/-/settings', 'Ana <b>Lima'],
  ['settings of an empty project', () => '/p/empty/-/settings', 'pushes build nothing'],
  ['activity', () => '/p/vision/-/activity', 'is live'],
  ['activity with nothing in it', () => '/p/empty/-/activity?type=build', 'Nothing like this happened'],
  ['audit', () => '/p/vision/-/audit', 'done'],
  ['activity of all', () => '/activity?type=release', 'is live'],
  ['tokens', () => '/tokens?ended=true', 'sconce up'],
  ['node pools', () => '/pools', 'answers'],
  ['missing service', () => '/p/vision/production/none', 'There is no such service'],
  ['account', () => '/account', 'with a token'],
  ['missing page', () => '/nowhere', 'There is no such page'],
];

const looks = [
  { colorScheme: 'dark', width: 1440 },
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 390 },
] as const;

describe.each(looks)('in $colorScheme, $width px wide', (look) => {
  it.each(pages)('%s is for everybody, and shows strangers’ text as text', async (name, path, words) => {
    const { page, context, foreign, said } = await visit(browser, platform, look);
    try {
      await page.goto(path());
      await page.getByText(words).first().waitFor();
      await waitUntil(
        'the skeletons to go',
        async () => (await page.getByRole('status', { name: /^Loading/ }).count()) === 0,
        30_000,
      );
      await keepPicture(page, `${name}, ${look.colorScheme}, ${look.width}`);
      expect(await findBarriers(page)).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      expect(await page.locator('main img, main b, main script').count()).toBe(0);
      expect(await page.evaluate('document.body.innerText')).not.toMatch(/[\u202a-\u202e]/u);
      // A browser notes answers of 404 itself; anything else it says is a fault.
      expect(said.filter((line) => !line.includes('404'))).toEqual([]);
      expect(foreign).toEqual([]);
    } finally {
      await context.close();
    }
  });
});

it.each(looks)('signing in is for everybody, in $colorScheme, $width px wide', async (look) => {
  const { page, context } = await visit(browser, platform, { ...look, signedIn: false });
  try {
    // Where passkeys work, and where they do not.
    for (const at of [platform.apiUrl, platform.apiUrl.replace('127.0.0.1', 'localhost')]) {
      await page.goto(at);
      await page.getByRole('heading', { name: 'Sign in to Sconce' }).waitFor();
      await page.getByText(at === platform.apiUrl ? 'not at this address' : 'Sign in with a passkey').waitFor();
      await page.getByText('No way in?').click();
      expect(await findBarriers(page)).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
    }
  } finally {
    await context.close();
  }
});

it('what opens over the page is for everybody', async () => {
  const { page, context } = await visit(browser, platform);
  try {
    await page.goto('/p/vision/production/app');
    for (const [name, role] of [
      ['Deploy', 'button'],
      ['Another service', 'button'],
      ['You', 'button'],
    ] as const) {
      await page.getByRole(role, { name, exact: true }).click();
      if (name === 'Another service') await page.getByRole('combobox', { name: /^Find/ }).waitFor();
      expect([name, await findBarriers(page)]).toEqual([name, []]);
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: 'Roll back', exact: true }).click();
    await page.getByRole('dialog').getByText('takes over once it answers').waitFor();
    expect(await findBarriers(page)).toEqual([]);
  } finally {
    await context.close();
  }
});
