import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant } from './testing/two-tenants.ts';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];
const executablePath = process.env.CHROMIUM_PATH ?? places.find((place) => existsSync(place));

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
  await makeTenant(world, 'vision');
});
afterAll(() => world.stop());

it('leads a person with the link to what runs, in a real browser, without one word on its console', async () => {
  if (executablePath === undefined) throw new Error('There is no Chromium here. Run `npm test`, which installs it.');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const console: string[] = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => console.push(message.text()));
    page.on('pageerror', (error) => console.push(String(error)));
    await page.goto(`${world.url}/setup/${world.setupCode}`);
    await page.getByRole('button', { name: 'Open Sconce' }).click();
    await page.waitForURL(`${world.url}/`);
    await page.getByRole('heading', { name: 'Services' }).waitFor();
    expect(await page.getByRole('row').nth(1).textContent()).toMatch(/vision\/production\/resnet50\s*deploying/);
    expect(await page.getByRole('link', { name: 'vision/production/resnet50' }).getAttribute('href')).toBe(
      'http://127.0.0.1:7480/vision/production/resnet50/',
    );
    const wide = await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth');
    expect(wide).toBe(true);
    await page.setViewportSize({ width: 380, height: 700 });
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('npm run up').waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(console).toEqual([]);
  } finally {
    await browser.close();
  }
});
