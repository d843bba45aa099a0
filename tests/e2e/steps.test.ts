import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase, putCluster } from '@sconce/db';
import { waitUntil } from '@sconce/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, openBrowser, visit } from '../support/browser.ts';
import { type Counted, counted } from '../support/counted.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { modelRepository, pixel } from '../support/model-service.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository, writeFiles } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

/*
 * What a job takes: presses and filled fields after signing in, from the page that somebody who wants it has open. Whatever is pressed or filled here
 * goes through the one who counts; the keyboard is not used, so nothing is done without being counted.
 */
let platform: Platform;
let browser: Browser;
let shop: Workshop;
const examples = join(tmpdir(), `sconce-steps-${process.pid}`);
/** Says in its log what it is asked. */
const talker = {
  'www/cgi-bin/log': '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\nok"\necho "$QUERY_STRING" >&2\n',
};
const servicePage = '/p/vision/production/app';

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  mkdirSync(examples, { recursive: true });
  writeFiles(join(examples, 'hello'), {
    ...tinyRepository({ body: 'hello from an example' }),
    'README.md': '# Hello\n',
    'sconce.yaml': 'services:\n  hello:\n    probe: { path: / }\n    resources: { memory: 64Mi }\n',
  });
  [platform, browser] = await Promise.all([
    startPlatform({ environment: { SCONCE_EXAMPLES_DIR: examples } }),
    openBrowser(),
  ]);
});
afterAll(async () => {
  shop?.remove();
  await browser?.close();
  await platform?.stop();
  rmSync(examples, { recursive: true, force: true });
});

/** Looks at the page freely, and does things by `person` alone. */
async function from(path: string, work: (person: Counted, page: Page) => Promise<void>): Promise<void> {
  const { page, context } = await visit(browser, platform);
  try {
    await arrive(page, path);
    await work(counted(page), page);
  } catch (error) {
    throw new Error(`${String(error)}\nThe page said:\n${await page.locator('body').innerText()}`, { cause: error });
  } finally {
    await context.close();
  }
}

describe('in the browser', () => {
  it('the first deploy, from the home page of somebody who has nothing: an example in 2 of 3', async () => {
    await from('/', async (person, page) => {
      await person.press('link', 'Hello');
      await person.press('button', 'Deploy');
      await page.waitForURL('**/p/examples/production/hello');
      await page.getByRole('status').getByText('live', { exact: true }).first().waitFor({ timeout: 60_000 });
      const answer = await fetch(new URL('/examples/production/hello/', platform.gatewayUrl));
      expect(await answer.text()).toBe('hello from an example');
      expect(person.steps).toBeLessThanOrEqual(3);
      expect(person.steps).toBe(2);
    });
  });

  it('calling the model, from the page of its service: 2', async () => {
    shop = await openWorkshop(platform, 'vision');
    await shop.live(await shop.deploy({ ...modelRepository(), ...talker }, 'A model'));
    await from(servicePage, async (person, page) => {
      await page.getByLabel('Path').and(page.locator('[value="/cgi-bin/predict"]')).waitFor();
      await person.fill('File for image', { name: 'cat.png', mimeType: 'image/png', buffer: pixel });
      await person.press('button', 'Send');
      await page.getByRole('region', { name: 'Answer', exact: true }).getByText('"tabby"').waitFor();
      expect(person.steps).toBe(2);
    });
  });

  it('adding a secret, from the page of the service that needs it: 3', async () => {
    await from(servicePage, async (person, page) => {
      await person.press('link', 'Variables');
      await person.fill('Name of the secret', 'HUB_TOKEN=planted-value');
      await person.press('button', 'Set');
      await page.getByRole('cell', { name: 'HUB_TOKEN' }).waitFor();
      await page.getByText('attached', { exact: true }).waitFor();
      expect(person.steps).toBe(3);
      expect(await page.content()).not.toContain('planted-value');
    });
    // What runs is given it: a release with it was made.
    const withSecret = async () => (await shop.read()).live?.release.name === 'r2';
    await waitUntil('the release with the secret to be live', withSecret, 60_000);
    const { data } = await shop.client.listReleases({ params: { service: shop.service } });
    expect(data[0]).toMatchObject({ name: 'r2', cause: 'variables' });
  });

  it('going back, from the page of the service: 2, told before what will happen', async () => {
    await from(servicePage, async (person, page) => {
      await person.press('button', 'Roll back');
      const dialog = page.getByRole('dialog', { name: 'Roll back to r1' });
      await dialog.getByText('against r2').waitFor();
      await person.press('button', 'Roll back', dialog);
      const back = async () => (await shop.read()).live?.release.name === 'r1';
      await waitUntil('r1 to be live again', back, 60_000);
      await page.getByRole('status').getByText('r1', { exact: true }).waitFor();
      expect(person.steps).toBe(2);
    });
    await shop.client.updateService({ params: { service: shop.service }, body: { autoDeploy: true } });
  });

  it('following the log, from the page of the service: 1', async () => {
    await from(servicePage, async (person, page) => {
      await person.press('link', 'Logs');
      for (const words of ['said-just-now', 'and-once-more']) {
        const answer = await fetch(new URL(`cgi-bin/log?${words}`, shop.url));
        expect(answer.status).toBe(200);
        await page.getByRole('log').getByText(words).first().waitFor();
      }
      expect(person.steps).toBe(1);
    });
  });

  it('finding out why a build failed, from the home page: 1', async () => {
    await shop.deploy({ Dockerfile: 'FROM sconce-test/tiny:1\nRUN echo needle in the log; exit 3\n' }, 'Break it');
    await from('/', async (person, page) => {
      await page.getByText('ended with exit code 3').waitFor();
      await person.press('link', 'production/app');
      await page.getByLabel('The lines that matter').getByText('needle in the log').first().waitFor();
      expect(person.steps).toBe(1);
    });
  });

  it('finding out why a release did not stay up, from the home page: 1', async () => {
    const before = 'echo "needle in the start"; exit 3';
    await shop.deploy(tinyRepository({ body: 'never', before }), 'Crash at once');
    await from('/', async (person, page) => {
      await person.press('link', 'production/app');
      await page.getByLabel('Its last lines').getByText('needle in the start').first().waitFor({ timeout: 60_000 });
      expect(person.steps).toBe(1);
    });
  });

  it('inviting somebody, from the home page: 3, with a link for them', async () => {
    await from('/', async (person, page) => {
      await person.press('link', 'Settings', page.getByRole('region', { name: 'vision' }));
      await person.fill('E-mail address', 'ana@example.com');
      await person.press('button', 'Invite');
      await page.getByRole('region', { name: 'A link for ana@example.com' }).waitFor();
      await page.getByRole('row', { name: /^ana / }).waitFor();
      expect(person.steps).toBe(3);
    });
  });
});

describe('in a terminal', () => {
  it('adding a secret: 1 command', async () => {
    const set = await sconce(['secrets', 'set', 'OTHER', '--group', 'app', '--service', shop.service], 'planted\n');
    expect(set).toContain('OTHER in app is version 1');
    const { data } = await shop.client.listSecrets({ params: { secretGroup: 'vision/production/app' } });
    expect(data.map(({ name }) => name).sort()).toEqual(['HUB_TOKEN', 'OTHER']);
  });

  it('going back: 1 command', async () => {
    expect(await sconce(['rollback', 'r2', '--service', shop.service, '--follow'])).toContain('back to r2');
    expect((await shop.read()).live?.release.name).toBe('r2');
  });

  it('following the log: 1 command', async () => {
    const { child, said, ended } = begin(['logs', '-f', '--service', shop.service]);
    await fetch(new URL('cgi-bin/log?said-to-a-terminal', shop.url));
    await waitUntil('the line to come', () => said().includes('said-to-a-terminal'), 20_000);
    child.kill('SIGINT');
    await ended;
  });
});

describe('last, on what a machine with GPUs would have written down', () => {
  it('giving a service a GPU, from its page: 2', async () => {
    // This machine has none: nobody looks at the real one meanwhile.
    await platform.processes.scheduler.end();
    const db = openDatabase({ url: platform.databaseUrl, maxConnections: 1 });
    const gpu = { product: 'NVIDIA H100 80GB HBM3', memoryMiB: 81_559, total: 2, free: 1 };
    const disk = { diskMiB: 100_000, diskFreeMiB: 40_000 };
    const pool = { name: 'gpu-1', nodes: 1, cpuMilli: 16_000, memoryMiB: 131_072, ...disk, gpus: [gpu] };
    await putCluster(db.tx, { name: 'local', pools: [pool], warnings: [], observedAt: new Date() });
    await db.close();
    await from(servicePage, async (person, page) => {
      await person.press('button', 'GPU: no GPU');
      await person.press('button', /^H100 × 1.*1 of 2 free/);
      await page.getByRole('button', { name: 'GPU: H100 × 1' }).waitFor();
      expect(person.steps).toBe(2);
    });
    expect((await shop.read()).effectiveSettings.resources.gpu).toEqual({ product: 'H100', count: 1, memoryMiB: null });
  });
});

const command = fileURLToPath(new URL('../../apps/cli/bin/sconce.mjs', import.meta.url));

/** One command, as it would be typed: nothing was set up but who is there. */
function begin(args: readonly string[], input = '') {
  const child = spawn(process.execPath, [command, ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: platform.home,
      SCONCE_API_URL: platform.apiUrl,
      SCONCE_TOKEN: platform.token,
    },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, said: () => text, ended };
}

/** What it said; fails where it did. */
async function sconce(args: readonly string[], input = ''): Promise<string> {
  const { said, ended } = begin(args, input);
  const code = await ended;
  if (code !== 0) throw new Error(`sconce ${args.join(' ')} ended with ${code}:\n${said()}`);
  return said();
}
