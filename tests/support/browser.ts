import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { waitUntil } from '@sconce/testkit';
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import type { Platform } from './platform.ts';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** A real Chromium. Fails where there is none: tests that look at pages prove nothing without one. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? places.find((place) => existsSync(place));
  if (!executablePath) throw new Error('There is no Chromium here. Run `npm test`, which installs it.');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.on('page', loadAgainWhereCut);
    return context;
  };
  return browser;
}

const mostLoads = 6;
const ofThePage: ReadonlySet<string> = new Set(['document', 'script', 'stylesheet']);

/**
 * Networks of containers come and go on this machine under the tests, and each time Chromium cuts all its connections. A page that was cut off while it was
 * loaded is loaded again, as a person does; whatever else keeps it from loading fails at once.
 */
function loadAgainWhereCut(page: Page): void {
  for (const way of ['goto', 'reload'] as const) {
    const load = page[way].bind(page) as (...given: unknown[]) => ReturnType<Page['goto']>;
    const again = async (...given: unknown[]) => {
      for (let loads = 1; ; loads += 1) {
        let isCut = false;
        const note = (request: Request) => {
          if (isOfNetwork(request.failure()?.errorText ?? '') && ofThePage.has(request.resourceType())) isCut = true;
        };
        page.on('requestfailed', note);
        try {
          const answer = await load(...given);
          if (!isCut || loads === mostLoads) return answer;
        } catch (error) {
          if (!isOfNetwork(String(error)) || loads === mostLoads) throw error;
        } finally {
          page.off('requestfailed', note);
        }
      }
    };
    page[way] = again as typeof page.goto & typeof page.reload;
  }
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Addresses of other servers that the page asked; there should be none. */
  readonly foreign: string[];
  /** What the console said, and errors of the page: violations of its policy stand here. */
  readonly said: string[];
}

interface VisitOptions {
  readonly signedIn?: boolean;
  readonly colorScheme?: 'dark' | 'light';
  readonly width?: number;
}

/** A window of its own, with or without a session. */
export async function visit(browser: Browser, platform: Platform, options: VisitOptions = {}): Promise<Visit> {
  const { signedIn = true, colorScheme = 'dark', width = 1440 } = options;
  const context = await browser.newContext({
    baseURL: platform.apiUrl,
    colorScheme,
    viewport: { width, height: 900 },
    reducedMotion: 'reduce',
  });
  if (signedIn) {
    const headers = { origin: platform.apiUrl };
    const answer = await context.request.post('/v1/sessions', { data: { token: platform.token }, headers });
    if (!answer.ok()) throw new Error(`no session: ${answer.status()} ${await answer.text()}`);
  }
  const page = await context.newPage();
  const foreign: string[] = [];
  const said: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(platform.apiUrl) && !request.url().startsWith('blob:')) foreign.push(request.url());
  });
  page.on('console', (message) => {
    if (!isOfNetwork(message.text())) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  return { context, page, foreign, said };
}

/** A container's network comes or goes on this machine, and the browser cuts its connections: pages go on by themselves, and that is tested by what they show. */
const isOfNetwork = (text: string): boolean => text.includes('ERR_NETWORK_CHANGED');

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Until the expression is true in the page. Asked by the browser's tools, so the page's policy stays as it is. */
export const holds = (page: Page, expression: string) =>
  waitUntil(expression, async () => (await page.evaluate(expression)) === true, 30_000);

/** What axe finds against WCAG 2.2 AA and good practice: rule and elements. Evaluated by the browser's tools, so the page's policy stays as it is. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(`(async () => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ' ' + String(failureSummary).slice(0, 200)));
  })()`);
}

/** What reaches out of the window to the right, where the page scrolls sideways because of it; none: it fits. */
export const overflowing = (page: Page): Promise<string[]> =>
  page.evaluate(`document.documentElement.scrollWidth <= innerWidth ? [] : [
    'page ' + document.documentElement.scrollWidth,
    ...[...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth)
      .map((element) => element.tagName + '.' + element.className + ' ' + Math.round(element.getBoundingClientRect().right))
      .slice(0, 12),
  ]`);

const isShown = `document.getElementById('root')?.childElementCount > 0
  && [...document.querySelectorAll('link[rel=stylesheet]')].every(({ sheet }) => sheet !== null)`;

/**
 * Opens a page as a person does: one whose script or style sheet was cut off by the machine's network (containers come and go under the tests) is
 * loaded again. Anything else that keeps it from showing fails.
 */
export async function arrive(page: Page, path: string): Promise<void> {
  const cut: string[] = [];
  const note = (request: Request) => {
    if (request.failure()?.errorText.includes('ERR_NETWORK_CHANGED') && /\/assets\//.test(request.url()))
      cut.push(request.url());
  };
  page.on('requestfailed', note);
  try {
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      cut.length = 0;
      await page.goto(path);
      const whole = () => page.evaluate(isShown).then((shown) => shown === true || cut.length > 0);
      await waitUntil(`${path} to show`, whole, 15_000);
      if (cut.length === 0) return;
    }
    throw new Error(`${path} was cut off four times: ${cut.join(', ')}`);
  } finally {
    page.off('requestfailed', note);
  }
}

/** For people who want to look at what a test saw: a PNG of the whole page under `SCONCE_PICTURES`; nothing where that is not set. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCONCE_PICTURES;
  if (folder)
    await page.screenshot({ path: join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.png`), fullPage: true });
}
