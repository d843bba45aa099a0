import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { visit } from '../../tests/support/browser.ts';
import { project, type Scene } from './scene.ts';

/** The processor of a phone beside that of a desk. */
const slowdown = 4;

export interface FirstPage {
  readonly interactiveMs: readonly number[];
  /** Of a page of plain HTML with the same words and one key, in turn with the other. */
  readonly plainMs: readonly number[];
  /** Script until it answered, and with all that was fetched ahead once it was idle. */
  readonly scriptBytes: readonly number[];
  readonly scriptBytesWithLater: readonly number[];
}

/** Nothing in the cache, the session there: from the address entered to a page that answers a key. */
export async function measureFirstPage(scene: Scene, turns: number): Promise<FirstPage> {
  const interactiveMs: number[] = [];
  const plainMs: number[] = [];
  const scriptBytes: number[] = [];
  const scriptBytesWithLater: number[] = [];
  const plain = await servePlain(await wordsOfFirstPage(scene));
  try {
    for (let turn = 0; turn < turns; turn += 1) {
      const seen = await openCold(scene, '/', true);
      interactiveMs.push(seen.interactiveMs);
      scriptBytes.push(seen.scriptBytes);
      scriptBytesWithLater.push(seen.scriptBytesWithLater);
      plainMs.push((await openCold(scene, addressOf(plain), false)).interactiveMs);
    }
  } finally {
    plain.close();
    plain.closeAllConnections();
  }
  return { interactiveMs, plainMs, scriptBytes, scriptBytesWithLater };
}

async function openCold({ browser, platform }: Scene, address: string, waitForLater: boolean) {
  const { page, context } = await visit(browser, platform);
  try {
    const tools = await context.newCDPSession(page);
    await tools.send('Network.enable');
    const scripts = new Map<string, number>();
    tools.on('Network.responseReceived', ({ requestId, type }) => type === 'Script' && scripts.set(requestId, 0));
    tools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) scripts.set(requestId, encodedDataLength);
    });
    const bytes = () => [...scripts.values()].reduce((sum, size) => sum + size, 0);
    await page.addInitScript(noteWhenInteractive);
    await tools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    await page.goto(address, { waitUntil: 'commit' });
    const interactiveMs = await whenInteractive(page);
    const scriptBytes = bytes();
    await tools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
    // What is fetched ahead begins when the page is idle, four seconds later at most.
    if (waitForLater) await pause(4_500);
    return { interactiveMs, scriptBytes, scriptBytesWithLater: bytes() };
  } finally {
    await context.close();
  }
}

declare global {
  interface Window {
    interactiveMs?: number;
  }
}

/** Runs in the page: once the project's heading is there, the key for the next row is pressed in each frame until a row has the focus and was painted. */
function noteWhenInteractive(): void {
  const look = () => {
    if (document.querySelector('h2 a'))
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true, cancelable: true }));
    if (!document.activeElement?.matches('[data-row]')) requestAnimationFrame(look);
    else
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          window.interactiveMs = performance.now();
        };
        port2.postMessage(null);
      });
  };
  requestAnimationFrame(look);
}

async function whenInteractive(page: Page): Promise<number> {
  const handle = await page.waitForFunction(() => window.interactiveMs, undefined, { polling: 50 });
  return (await handle.jsonValue()) ?? Number.NaN;
}

async function wordsOfFirstPage({ browser, platform }: Scene): Promise<string> {
  const { page, context } = await visit(browser, platform);
  try {
    await page.goto('/');
    await page.getByRole('heading', { name: project }).waitFor();
    // biome-ignore lint/performance/useDomNodeTextContent: the words as they stand, line by line.
    return await page.locator('body').innerText();
  } finally {
    await context.close();
  }
}

async function servePlain(words: string): Promise<Server> {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const html = [
    '<!doctype html><meta charset="utf-8"><title>Plain</title>',
    `<h2><a href="/">${project}</a></h2><a href="/" data-row>first</a><pre>${escaped}</pre>`,
    `<script>addEventListener('keydown', () => document.querySelector('[data-row]').focus())</script>`,
  ].join('\n');
  const server = createServer((_, answer) => void answer.setHeader('content-type', 'text/html').end(html));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
