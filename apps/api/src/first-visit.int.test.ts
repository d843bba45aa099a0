import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';

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
});
afterAll(() => world.stop());

it('lets a person with the link in, once, in a real browser', async () => {
  if (executablePath === undefined) throw new Error('There is no Chromium here. Run `npm test`, which installs it.');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 120_000 });
  const console: string[] = [];
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    page.on('console', (message) => console.push(message.text()));
    page.on('pageerror', (error) => console.push(String(error)));
    await page.goto(`${world.url}/setup/${world.setupCode}`);
    await page.getByRole('button', { name: 'Open Sconce' }).click();
    await page.waitForURL(`${world.url}/`);
    expect(await page.title()).toBe('Sconce');
    expect(await page.evaluate('fetch("/v1/me").then((answer) => answer.status)')).toBe(200);
    expect((await page.context().cookies()).map(({ name, httpOnly }) => [name, httpOnly])).toEqual([['sconce', true]]);
    await page.setViewportSize({ width: 380, height: 700 });
    await page.goto(`${world.url}/setup/${world.setupCode}`);
    await page.getByText('does not work any more').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    // The browser itself notes that the used link was answered with 410.
    expect(console.filter((line) => !line.includes('410'))).toEqual([]);
  } finally {
    await browser.close();
  }
});
