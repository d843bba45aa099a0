import { setTimeout as pause } from 'node:timers/promises';
import { visit } from '../../tests/support/browser.ts';
import type { Scene } from './scene.ts';

export interface Events {
  /** Until the page of all projects shows it: from the API's answer to the write, and from its sending. */
  readonly sinceAnswerMs: readonly number[];
  readonly sinceSendingMs: readonly number[];
}

/** A service is pinned and let go, again and again; its row on the page of all projects says so. One clock: the machine's. */
export async function measureEvents({ browser, platform, workshop }: Scene, times: number): Promise<Events> {
  const { page, context } = await visit(browser, platform);
  const sinceAnswerMs: number[] = [];
  const sinceSendingMs: number[] = [];
  try {
    await page.goto('/');
    await page.locator(`main a[href="/p/${workshop.service}"]`).waitFor();
    // The stream opens after the page is there.
    await pause(2_000);
    await page.evaluate(noteChanges, `/p/${workshop.service}`);
    for (let count = 0; count < times; count += 1) {
      const sentMs = Date.now();
      await workshop.client.updateService({
        params: { service: workshop.service },
        body: { autoDeploy: count % 2 === 1 },
      });
      const answeredMs = Date.now();
      const changedMs = (await page.evaluate((index) => window.changed?.(index), count)) ?? Number.NaN;
      sinceAnswerMs.push(changedMs - answeredMs);
      sinceSendingMs.push(changedMs - sentMs);
      await pause(100 + Math.random() * 300);
    }
    if (times % 2 === 1)
      await workshop.client.updateService({ params: { service: workshop.service }, body: { autoDeploy: true } });
  } finally {
    await context.close();
  }
  return { sinceAnswerMs, sinceSendingMs };
}

declare global {
  interface Window {
    /** When the row changed for the n-th time. */
    changed?: (index: number) => Promise<number>;
  }
}

/** Runs in the page: notes when the row begins or ends to say that the service is pinned. */
function noteChanges(address: string): void {
  const isPinned = () =>
    document.querySelector(`main a[href="${address}"]`)?.closest('li')?.textContent?.includes('Pinned') ?? false;
  const changes: number[] = [];
  let wake = () => {};
  let before = isPinned();
  const observer = new MutationObserver(() => {
    if (isPinned() === before) return;
    before = !before;
    changes.push(Date.now());
    wake();
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  window.changed = (index) =>
    new Promise((resolve) => {
      wake = () => {
        const changedMs = changes[index];
        if (changedMs !== undefined) resolve(changedMs);
      };
      wake();
    });
}
