import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, findBarriers, holds, openBrowser, overflowing, type Visit, visit } from '../support/browser.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { modelRepository, pixel } from '../support/model-service.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: Platform;
let browser: Browser;
let shop: Workshop;
const servicePage = '/p/vision/production/app';
const playground = `${servicePage}/playground`;

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  [platform, browser] = await Promise.all([startPlatform(), openBrowser()]);
  shop = await openWorkshop(platform, 'vision');
  await shop.live(await shop.deploy(modelRepository(), 'A model'));
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
});

async function during(path: string, work: (visit: Visit) => Promise<void>, options: Parameters<typeof visit>[2] = {}) {
  const here = await visit(browser, platform, options);
  try {
    await arrive(here.page, path);
    await work(here);
    expect(here.foreign).toEqual([]);
    // A browser notes a refusal of the API itself; anything else it says is a fault.
    expect(here.said.filter((line) => !line.includes('status of 400'))).toEqual([]);
  } finally {
    await here.context.close();
  }
}

const picture = { name: 'cat.png', mimeType: 'image/png', buffer: pixel };
/** An answer that repeats it stays text. */
const note = { name: 'cat.txt', mimeType: 'text/plain', buffer: Buffer.from('meow') };
const operation = (visit: Visit) => visit.page.getByLabel('What it can do');

describe('calling the model', () => {
  it('works from the page of its service: a file, and Send', async () => {
    await during(servicePage, async ({ page }) => {
      // It knows by itself what the model takes, and where.
      await page.getByLabel('File for image').waitFor();
      await page.getByLabel('Path').and(page.locator('[value="/cgi-bin/predict"]')).waitFor();
      await page.getByLabel('File for image').setInputFiles(picture);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      const answer = page.getByRole('region', { name: 'Answer', exact: true });
      await answer.getByText('"tabby"').waitFor();
      const facts = await answer.getByRole('status').innerText();
      expect(facts).toMatch(/200/);
      expect(facts).toMatch(/\d (?:ms|s)\b/);
      expect(facts).toMatch(/r1, r1-\w+/);
      expect(await answer.innerText()).toContain('field: "image"');
      expect(await answer.innerText()).toContain('type: "multipart/form-data"');
    });
  });

  it('takes a file that is dropped, and a body that is typed', async () => {
    await during(playground, async ({ page }) => {
      await page.getByLabel('File for image').waitFor();
      const data = await page.evaluateHandle(
        `(() => { const data = new DataTransfer(); data.items.add(new File(['{"a":1}'], 'in.json', { type: 'application/json' })); return data; })()`,
      );
      await page.getByLabel('A file').check();
      await page.dispatchEvent('form', 'drop', { dataTransfer: data });
      await page.getByLabel('Body', { exact: true }).waitFor();
      expect(await page.getByLabel('Body', { exact: true }).inputValue()).toBe('{"a":1}');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      const answer = page.getByRole('region', { name: 'Answer', exact: true });
      await answer.getByText('bytes: 7').waitFor();
      expect(await answer.innerText()).toContain('type: "application/json"');
    });
  });

  it('takes a form as the service describes it, and copies it as it was sent', async () => {
    await during(playground, async (here) => {
      const { page } = here;
      await operation(here).selectOption('POST /cgi-bin/form');
      const send = page.getByRole('button', { name: 'Send', exact: true });
      await page.getByText('Choose a file for image.').waitFor();
      expect(await send.isDisabled()).toBe(true);
      // What it says of itself stays text.
      await page.getByText('What to <b>change</b>').waitFor();
      await page.getByLabel('File for image').setInputFiles(note);
      await page.getByText('Fill in prompt.').waitFor();
      await page.getByLabel('prompt').fill('a "cat"\non a mat');
      await page.getByLabel('safe').check();
      await page.getByLabel('mode').selectOption('good');
      expect(await page.getByLabel('steps').inputValue()).toBe('20');
      await send.click();
      const body = page.getByRole('region', { name: 'Body of the answer' });
      await body.getByText('name="mode"').waitFor();
      const said = await body.innerText();
      expect([...said.matchAll(/ name="(\w+)"/g)].map(([, name]) => name)).toEqual([
        'image',
        'prompt',
        'steps',
        'safe',
        'mode',
      ]);
      expect(said).toMatch(/^multipart\/form-data; boundary=/);
      expect(said).toContain('filename="cat.txt"');
      expect(said).toMatch(/name="prompt"\s+a "cat"\s+on a mat\s/);
      expect(said).toMatch(/name="safe"\s+true\s/);
      await page.getByText('As curl, Python, JavaScript').click();
      await page.getByText(`--form-string $'prompt=a "cat"\\r\\non a mat'`).waitFor();
    });
  });

  it('takes a form that somebody makes by hand, in both ways to write one', async () => {
    await during(playground, async (here) => {
      const { page } = here;
      await operation(here).selectOption('GET /');
      await page.getByLabel('Method').selectOption('POST');
      await page.getByLabel('Path').fill('/cgi-bin/form');
      await page.getByLabel('A form').check();
      await page.getByRole('button', { name: 'Remove the field file' }).click();
      await page.getByText('Fill in a field, or add one.').waitFor();
      for (const [at, text] of ['one & two', ''].entries()) {
        await page.getByRole('button', { name: 'Add a text' }).click();
        await page.getByText('Give each field a name.').waitFor();
        await page.getByLabel('Name of the field').nth(at).fill('tag');
        await page.getByLabel('Value of tag').nth(at).fill(text);
      }
      await page.getByLabel('Sent as').selectOption('application/x-www-form-urlencoded');
      expect(await page.getByRole('button', { name: 'Add a file' }).count()).toBe(0);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      const body = page.getByRole('region', { name: 'Body of the answer' });
      await body.getByText('tag=one+%26+two&tag=').waitFor();
      await page.getByLabel('Sent as').selectOption('multipart/form-data');
      await page.getByRole('button', { name: 'Add a file' }).click();
      await page.getByLabel('Name of the field').nth(2).fill('image');
      const large = { name: 'large.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(33 * 1_048_576) };
      await page.getByLabel('File for image').setInputFiles(large);
      await page.getByText('through the platform 32 MiB can be sent').waitFor();
      await page.getByLabel('File for image').setInputFiles(note);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await body.getByText('filename="cat.txt"').waitFor();
      expect((await body.innerText()).match(/name="tag"/g)).toHaveLength(2);
    });
  });

  it('shows a picture as one, lets a recording be heard, and leaves markup text', async () => {
    await during(playground, async (here) => {
      const { page } = here;
      await operation(here).selectOption('GET /cgi-bin/draw');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      const image = page.getByAltText('What the service answered');
      await image.waitFor();
      // Decoded by the browser, so its policy lets it be shown.
      await holds(page, `document.querySelector('main section img').naturalWidth === 1`);
      await operation(here).selectOption('GET /cgi-bin/say');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.locator('audio').waitFor();
      await holds(page, `document.querySelector('main audio').duration > 0`);
      await operation(here).selectOption('GET /page.html');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByText('document.title = "stolen"').waitFor();
      expect(await page.title()).not.toBe('stolen');
      expect(await page.locator('main script, main iframe, main b').count()).toBe(0);
    });
  });

  it('shows what comes while it comes, and stops when told', async () => {
    await during(playground, async ({ page }) => {
      await page.getByLabel('Method').selectOption('GET');
      await page.getByLabel('Path').fill('/cgi-bin/slow');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      const answer = page.getByRole('region', { name: 'Answer', exact: true });
      await answer.getByText('one').waitFor();
      await answer.getByText('still coming').waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
    });
  });

  it('says what was refused by its field, and keeps what was typed', async () => {
    await during(playground, async (here) => {
      const { page } = here;
      await operation(here).selectOption('GET /');
      await page.getByLabel('Path').fill('/x/../../other');
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByRole('alert').getByText('leaves the service').first().waitFor();
      expect(await page.getByLabel('Path').inputValue()).toBe('/x/../../other');
    });
  });

  it('says it in curl, and what it says works', async () => {
    await during(playground, async ({ page }) => {
      await page.getByLabel('Method').selectOption('GET');
      await page.getByLabel('Path').fill('/');
      await page.getByText('As curl, Python, JavaScript').click();
      const line = await page.getByText(`curl ${shop.url}`).innerText();
      expect(line).toBe(`curl ${shop.url}`);
      expect(await (await fetch(line.replace('curl ', ''))).text()).toContain('a model');
      await page.getByLabel('Python').click();
      await page.getByText('import urllib.request').waitFor();
      await page.getByLabel('JavaScript').click();
      await page.getByText('await fetch(').waitFor();
    });
  });
});

describe('examples', () => {
  it('are kept for the team, come to every tab, and can be had back when forgotten', async () => {
    await during(playground, async ({ page, context }) => {
      const other = await context.newPage();
      await other.goto(playground);
      await other.getByLabel('File for image').waitFor();
      await page.getByLabel('File for image').setInputFiles(picture);
      await page.getByRole('button', { name: 'Keep as example' }).click();
      await page.getByLabel('Name', { exact: true }).fill('A <b>cat</b>');
      await page.keyboard.press('Enter');
      await other.getByRole('button', { name: 'A <b>cat</b>', exact: true }).click();
      await other.getByText('cat.png', { exact: true }).waitFor();
      await other.getByRole('button', { name: 'Send', exact: true }).click();
      await other.getByText('"tabby"').waitFor();
      await page.getByRole('button', { name: 'Forget A <b>cat</b>' }).click();
      await other.getByRole('button', { name: 'A <b>cat</b>', exact: true }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Undo' }).click();
      await other.getByRole('button', { name: 'A <b>cat</b>', exact: true }).waitFor();
      const kept = await shop.client.getCallExample({ params: { service: shop.service, name: 'A <b>cat</b>' } });
      expect(kept.body).toMatchObject({
        kind: 'form',
        type: 'multipart/form-data',
        fields: [
          {
            kind: 'file',
            name: 'image',
            file: { name: 'cat.png', type: 'image/png', base64: pixel.toString('base64') },
          },
        ],
      });
    });
  });
});

describe('the page', () => {
  it.each([
    { colorScheme: 'dark', width: 1440 },
    { colorScheme: 'light', width: 1440 },
    { colorScheme: 'light', width: 390 },
  ] as const)('is for everybody, in $colorScheme and $width px', async (look) => {
    await during(
      playground,
      async ({ page }) => {
        await page.getByLabel('File for image').setInputFiles(picture);
        await page.getByRole('button', { name: 'Send', exact: true }).click();
        await page.getByText('"tabby"').waitFor();
        await page.getByText('As curl, Python, JavaScript').click();
        expect(await findBarriers(page)).toEqual([]);
        expect(await overflowing(page)).toEqual([]);
      },
      look,
    );
  });

  it('says what is missing where nothing is live', async () => {
    await shop.client.createService({ params: { environment: 'vision/production' }, body: { slug: 'empty' } });
    await during('/p/vision/production/empty/playground', async ({ page }) => {
      await page.getByText('Nothing is live yet').waitFor();
    });
  });

  it('says that the gateway is away, and goes on when it is back', async () => {
    const here = await visit(browser, platform);
    const { page } = here;
    try {
      await page.goto(playground);
      await page.getByLabel('File for image').waitFor();
      await operation(here).selectOption('GET /');
      await platform.processes.gateway.end();
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByRole('alert').getByText('The gateway does not answer').waitFor();
      await platform.processes.gateway.start();
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByRole('region', { name: 'Answer', exact: true }).getByText('a model').waitFor();
    } finally {
      await here.context.close();
    }
  });
});
