import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, findBarriers, openBrowser, overflowing, type Visit, visit } from '../support/browser.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { talkRepository } from '../support/talk-service.ts';
import { ensureTinyBase } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: Platform;
let browser: Browser;
let shop: Workshop;
const playground = '/p/vision/production/app/playground';

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  [platform, browser] = await Promise.all([startPlatform(), openBrowser()]);
  shop = await openWorkshop(platform, 'vision');
  await shop.live(await shop.deploy(talkRepository(), 'A talker'));
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

async function during(work: (visit: Visit) => Promise<void>, options: Parameters<typeof visit>[2] = {}) {
  const here = await visit(browser, platform, options);
  try {
    await arrive(here.page, playground);
    await here.page.getByLabel('Method').selectOption('WebSocket');
    await work(here);
    expect(here.foreign).toEqual([]);
    expect(here.said).toEqual([]);
  } finally {
    await here.context.close();
  }
}

const parts = ({ page }: Visit) => ({
  connect: page.getByRole('button', { name: 'Connect', exact: true }),
  facts: page.getByRole('region', { name: 'Connection' }),
  messages: page.getByRole('region', { name: 'Messages' }),
  message: page.getByLabel('Message', { exact: true }),
  send: page.getByRole('button', { name: 'Send', exact: true }),
});

describe('a WebSocket from the page', () => {
  it('is opened through the platform, says who answered, and shows what both say', async () => {
    await during(async (here) => {
      const { connect, facts, messages, message, send } = parts(here);
      await here.page.getByLabel('Path').fill('/ws');
      await connect.click();
      await facts.getByText('open', { exact: true }).waitFor();
      await facts.getByText(/^r1, r1-\w+$/).waitFor();
      await messages.getByText('hello', { exact: true }).waitFor();
      await message.fill('<b>bold</b> "x"');
      await send.click();
      // Text stays text, whoever says it.
      await messages.getByText('you said: <b>bold</b> "x"').waitFor();
      expect(await messages.getByRole('listitem').count()).toBe(3);
      expect(await messages.innerText()).toMatch(/sent\s+\+\d+\.\d{3} s\s+15 B/);
      const bytes = { name: 'x.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 1, 255]) };
      await here.page.getByLabel('Send a file as bytes').setInputFiles(bytes);
      await messages.getByRole('link', { name: 'Save' }).nth(1).waitFor();
      const [saved] = await Promise.all([
        here.page.waitForEvent('download'),
        messages.getByRole('link', { name: 'Save' }).nth(1).click(),
      ]);
      const chunks: Buffer[] = [];
      for await (const chunk of await saved.createReadStream()) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks)).toEqual(bytes.buffer);
      await message.fill('bye');
      await message.press('Control+Enter');
      await facts.getByText('Closed with code 4001: as you wish').waitFor();
      expect(await send.count()).toBe(0);
    });
  });

  it('is closed by the person as they say it, and goes with the page', async () => {
    await during(async (here) => {
      const { connect, facts, messages } = parts(here);
      await connect.click();
      await messages.getByText('hello', { exact: true }).waitFor();
      await here.page.getByText('Close with a code').click();
      await here.page.getByLabel('Code').fill('1001');
      await here.page.getByText('Browsers take 1000, and 3000 to 4999.').waitFor();
      await here.page.getByLabel('Code').fill('4010');
      await here.page.getByLabel('Reason').fill('done here');
      await here.page.getByRole('button', { name: 'Close with it' }).click();
      await facts.getByText('Closed with code 4010: done here').waitFor();
      await connect.click();
      await facts.getByText('open', { exact: true }).waitFor();
      await here.page.getByLabel('Method').selectOption('GET');
      await here.page.getByRole('button', { name: 'Send', exact: true }).click();
      await here.page.getByRole('region', { name: 'Answer', exact: true }).getByText('a talker').waitFor();
    });
  });

  it('shows the last of very many messages, and says so', async () => {
    await during(async (here) => {
      const { connect, messages, message, send } = parts(here);
      await connect.click();
      await messages.getByText('hello', { exact: true }).waitFor();
      await message.fill('flood');
      await send.click();
      await messages.getByText('699', { exact: true }).waitFor();
      await here.page.getByText('202 older messages are not shown').waitFor();
      expect(await messages.getByRole('listitem').count()).toBe(500);
    });
  });

  it('that the service opens not is told with what it said instead', async () => {
    await during(async (here) => {
      const { connect, facts } = parts(here);
      await here.page.getByLabel('Path').fill('/closed');
      await connect.click();
      await facts.getByText('403', { exact: true }).waitFor();
      await facts.getByText('opened no WebSocket').waitFor();
      await facts.getByText('<b>not</b> 4').waitFor();
    });
  });

  it('that the platform refuses is told by its field', async () => {
    await during(async (here) => {
      const { connect } = parts(here);
      await here.page.getByLabel('Path').fill('/x/../../other');
      await connect.click();
      await here.page.getByRole('alert').getByText('leaves the service').first().waitFor();
      await here.page.getByLabel('Path').fill('/ws');
      await here.page.getByText('Headers', { exact: true }).click();
      await here.page.getByPlaceholder('Authorization: Bearer …').fill('Cookie: a=b');
      await connect.click();
      await here.page.getByRole('alert').getByText('is not for callers to say').first().waitFor();
    });
  });

  it('is copied for programs, and what is copied works', async () => {
    await during(async (here) => {
      await here.page.getByLabel('Path').fill('/ws');
      await here.page.getByText('As websocat, Python, JavaScript').click();
      const url = `${shop.url.href.replace('http', 'ws')}ws`;
      await here.page.getByText(`websocat ${url}`).waitFor();
      await here.page.getByLabel('Python').click();
      await here.page.getByText('from websockets.sync.client import connect').waitFor();
      await here.page.getByLabel('JavaScript').click();
      const script = await here.page.getByText('new WebSocket(').innerText();
      const said = await new Promise((resolve) => {
        new Function('console', script)({ log: resolve });
      });
      expect(said).toBe('hello');
    });
  });

  it('ends with the right to it', async () => {
    const here = await visit(browser, platform);
    try {
      await arrive(here.page, playground);
      await here.page.getByLabel('Method').selectOption('WebSocket');
      const { connect, facts } = parts(here);
      await connect.click();
      await facts.getByText('open', { exact: true }).waitFor();
      await here.page.evaluate(`fetch('/v1/sessions/current', { method: 'DELETE' })`);
      await facts.getByText('Closed with code 1008: Sconce: access ended').waitFor();
    } finally {
      await here.context.close();
    }
  });

  it.each([
    { colorScheme: 'dark', width: 1440 },
    { colorScheme: 'light', width: 390 },
  ] as const)('is for everybody, in $colorScheme and $width px', async (look) => {
    await during(async (here) => {
      const { connect, messages, message, send } = parts(here);
      await connect.click();
      await messages.getByText('hello', { exact: true }).waitFor();
      await message.fill('good day');
      await send.click();
      await messages.getByText('you said: good day').waitFor();
      await here.page.getByText('As websocat, Python, JavaScript').click();
      await here.page.getByText('Close with a code').click();
      expect(await findBarriers(here.page)).toEqual([]);
      expect(await overflowing(here.page)).toEqual([]);
    }, look);
  });
});
