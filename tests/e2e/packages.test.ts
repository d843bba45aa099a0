import { waitUntil } from '@sconce/testkit';
import pg from 'pg';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBarriers, openBrowser, overflowing, visit } from '../support/browser.ts';
import { type CommandLine, makeCommandLine } from '../support/command-line.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

const hostile = '<img src=x onerror=alert(1)>\u202egnp.exe';

let platform: Platform;
let browser: Browser;
let shop: Workshop;
let cli: CommandLine;

/** A service whose image holds these packages, as Python's installers and Debian leave them. */
function holding(body: string, python: Readonly<Record<string, string>>, debian: Readonly<Record<string, string>>) {
  const { Dockerfile = '', ...files } = tinyRepository({ body });
  // A folder of its own: what an earlier commit put there stays in the clone.
  const root = `packages-${body}`;
  const site = `${root}/usr/local/lib/python3.12/site-packages`;
  const metadata = Object.entries(python).map(([name, version]) => [
    `${site}/${name}-${version}.dist-info/METADATA`,
    `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nA readme.\n`,
  ]);
  const status = Object.entries(debian).map(
    ([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`,
  );
  return {
    ...files,
    ...Object.fromEntries(metadata),
    [`${root}/var/lib/dpkg/status`]: status.join('\n'),
    Dockerfile: `${Dockerfile}COPY ${root}/ /\n`,
  };
}

const libraries = (version: string) =>
  Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`lib${index + 10}`, version]));
const compare = async (release: string, other: string) => {
  const { compared } = await shop.client.getRelease({
    params: { release: `${shop.service}/${release}` },
    query: { compare: other },
  });
  if (!compared) throw new Error('not compared');
  return compared;
};

async function query(sql: string): Promise<void> {
  const database = new pg.Client({ connectionString: platform.databaseUrl });
  await database.connect();
  await database.query(sql);
  await database.end();
}

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  [platform, browser] = await Promise.all([startPlatform(), openBrowser()]);
  cli = makeCommandLine(platform);
  shop = await openWorkshop(platform, 'vision');
  const before = { torch: '2.4.0', numpy: '1.26.4', old: '1.0' };
  await shop.live(await shop.deploy(holding('one', before, libraries('1.0')), 'First'));
});
afterAll(async () => {
  cli?.remove();
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

describe('packages of releases', () => {
  it('appear by themselves on the page of a comparison, when they were read', async () => {
    await waitUntil('the packages of r1 to be known', async () => {
      const { data } = await shop.client.listEvents({ query: { type: 'release.packages_read' } });
      return data.length > 0;
    });
    // Nobody did that: it stands in no list of what happened.
    const { data: happened } = await shop.client.listEvents({ query: { type: 'release' } });
    expect(new Set(happened.map(({ type }) => type))).toEqual(new Set(['release.created', 'release.live']));
    const after = { torch: '2.5.1', numpy: '1.26.4', fresh: '0.1' };
    await shop.live(await shop.deploy(holding('two', after, { ...libraries('2.0'), [hostile]: '1' }), 'Second'));
    await waitUntil(
      'the packages of r2 to be known',
      async () => (await compare('r2', 'r1')).packages.unknown.length === 0,
    );
    // As if it were not read yet, and is to be in some seconds.
    await query(
      "UPDATE image_packages SET list = NULL, look_at = now() + interval '4 seconds' FROM release r WHERE r.image_digest = digest AND r.number = 2",
    );
    const { page, context } = await visit(browser, platform);
    await page.goto('/p/vision/production/app/releases/r2?compare=r1');
    await page.getByText('The packages of r2 are not read yet.').waitFor();
    await page.getByText('Python packages').first().waitFor();
    expect(await page.getByText('not read yet').count()).toBe(0);
    const row = page.getByRole('row', { name: /torch/ });
    expect(await row.getByRole('cell').allTextContents()).toEqual(['torch', '2.4.0', '2.5.1']);
    await context.close();
  });

  it('are in the answer of the API, and of the command line', async () => {
    const { packages, summary } = await compare('r2', 'r1');
    expect(summary).toBe('another image; 3 Python packages changed; 31 Debian packages changed');
    expect(packages.unknown).toEqual([]);
    expect(packages.groups.map(({ kind, added, removed, changed }) => [kind, added, removed, changed])).toEqual([
      ['python', 1, 1, 1],
      ['debian', 1, 0, 30],
    ]);
    const { out } = await cli.run(['releases', 'compare', 'r2', 'r1', '--service', shop.service]);
    expect(out).toContain('Python packages: 1 added, 1 removed, 1 changed');
    expect(out).toMatch(/ {2}torch {2,}2\.4\.0 {2}-> {2}2\.5\.1/);
    expect(out).toContain('and 16 more: --all lists them');
    const all = await cli.run(['releases', 'compare', 'r2', 'r1', '--all', '--service', shop.service]);
    expect(all.out).toContain('lib39');
    expect(all.out).not.toContain('more');
  });

  it.each([
    { colorScheme: 'dark', width: 1440 },
    { colorScheme: 'light', width: 390 },
  ] as const)('fold where they are many, for everybody, in $colorScheme, $width px wide', async (look) => {
    const { page, context, said } = await visit(browser, platform, look);
    await page.goto('/p/vision/production/app/releases/r2?compare=r1');
    const more = page.getByRole('button', { name: /^All 31/ });
    await more.waitFor();
    const rows = page.getByRole('row', { name: /^lib\d/ });
    const folded = await rows.count();
    expect(folded).toBeLessThan(11);
    await more.press('Enter');
    await waitUntil('all to be there', async () => (await rows.count()) === 30);
    expect(await page.getByRole('button', { name: /^Only the first 10/ }).getAttribute('aria-expanded')).toBe('true');
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.getByText('<img src=x onerror=alert(1)><202E>gnp.exe').count()).toBe(1);
    expect(await findBarriers(page)).toEqual([]);
    expect(await overflowing(page)).toEqual([]);
    // Both sides are in sight.
    const edge = await page.getByRole('cell', { name: '2.5.1' }).boundingBox();
    expect((edge?.x ?? look.width) + (edge?.width ?? 0)).toBeLessThanOrEqual(look.width);
    expect(said).toEqual([]);
    await context.close();
  });

  it('are never those of a release beside itself', async () => {
    const { page, context } = await visit(browser, platform);
    await page.goto('/p/vision/production/app/releases/r1?compare=r1');
    await page.getByText('Another image').waitFor();
    expect(await page.getByLabel('with').inputValue()).toBe('r2');
    await context.close();
  });

  it('that are not known say why', async () => {
    const ofFirst = 'FROM release r WHERE r.image_digest = digest AND r.number = 1';
    await query(`UPDATE image_packages SET list = NULL ${ofFirst}`);
    await query(`UPDATE image SET removed_at = now() ${ofFirst}`);
    const why = 'The image of r1 was removed before its packages were read. Build its commit again to know them.';
    expect((await compare('r2', 'r1')).packages).toMatchObject({
      groups: [],
      unknown: [{ release: 'r1', message: why }],
    });
    const { page, context } = await visit(browser, platform);
    await page.goto('/p/vision/production/app/releases/r2?compare=r1');
    await page.getByText(why).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await context.close();
    expect((await cli.run(['releases', 'compare', 'r2', 'r1', '--service', shop.service])).out).toContain(why);
  });
});
