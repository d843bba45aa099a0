import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { visit } from '../../tests/support/browser.ts';
import type { Scene } from './scene.ts';

interface Step {
  readonly key: string;
  /** The page's heading, or how it begins. */
  readonly heading: string;
  /** What is there once the page has its content. */
  readonly content: string;
}

/** From the service's page through its others and back. */
const steps: readonly Step[] = [
  { key: 'b', heading: 'Builds', content: 'main tbody tr' },
  { key: 'r', heading: 'Releases', content: 'main tbody tr' },
  { key: 'l', heading: 'Logs', content: 'main [role=log] time' },
  { key: 'v', heading: 'Variables and secrets', content: 'main table td' },
  { key: 's', heading: 'app', content: 'main [role=status]' },
];

export interface Navigation {
  /** From the key press until the page's heading is painted; until its content is. */
  readonly headingMs: readonly number[];
  readonly contentMs: readonly number[];
  /** Of those with content: where the page had been before, and where not. */
  readonly firstContentMs: readonly number[];
}

/** Each round is a new window: its first walk reads every page's data, its second one knows it. */
export async function measureNavigation(scene: Scene, rounds: number): Promise<Navigation> {
  const walks: { first: boolean; headingMs: number; contentMs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { page, context } = await visit(scene.browser, scene.platform);
    try {
      await page.addInitScript(prepareArrival);
      await page.goto(`/p/${scene.workshop.service}`);
      await page.getByRole('heading', { name: 'app', level: 1 }).waitFor();
      // A person looks at the page first; meanwhile it fetches what is one step away.
      await pause(2_000);
      for (const first of [true, false]) for (const step of steps) walks.push({ first, ...(await goTo(page, step)) });
    } finally {
      await context.close();
    }
  }
  return {
    headingMs: walks.map(({ headingMs }) => headingMs),
    contentMs: walks.map(({ contentMs }) => contentMs),
    firstContentMs: walks.filter(({ first }) => first).map(({ contentMs }) => contentMs),
  };
}

async function goTo(page: Page, step: Step): Promise<Arrival> {
  await page.evaluate(({ heading, content }) => window.prepareFor?.(heading, content), step);
  await page.keyboard.press('g');
  await page.keyboard.press(step.key);
  const arrival = await page.evaluate(() => window.arrival);
  if (!arrival) throw new Error(`${step.heading} did not come`);
  await pause(150);
  return arrival;
}

interface Arrival {
  readonly headingMs: number;
  readonly contentMs: number;
}

declare global {
  interface Window {
    prepareFor?: (heading: string, content: string) => void;
    arrival?: Promise<Arrival>;
  }
}

/** Runs in the page: notes when the last key was pressed, and when what it leads to was painted. */
function prepareArrival(): void {
  let pressedMs = 0;
  const notePress = ({ timeStamp }: KeyboardEvent) => {
    pressedMs = timeStamp;
  };
  addEventListener('keydown', notePress, { capture: true });
  const painted = () =>
    new Promise<number>((resolve) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now() - pressedMs);
        port2.postMessage(null);
      }),
    );
  const there = (isThere: () => boolean) =>
    new Promise<number>((resolve) => {
      const observer = new MutationObserver(() => {
        if (!isThere()) return;
        observer.disconnect();
        void painted().then(resolve);
      });
      observer.observe(document, { subtree: true, childList: true, characterData: true });
    });
  window.prepareFor = (heading, content) => {
    const isHeading = () => document.querySelector('h1')?.textContent?.startsWith(heading) ?? false;
    const hasContent = () => isHeading() && document.querySelector(content) !== null;
    window.arrival = Promise.all([there(isHeading), there(hasContent)]).then(([headingMs, contentMs]) => ({
      headingMs,
      contentMs,
    }));
  };
}
