import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@sconce/contract';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, findBarriers, openBrowser, overflowing, type Visit, visit } from '../support/browser.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { GitClone } from '../support/git-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository, writeFiles } from '../support/tiny-service.ts';

let platform: Platform;
let browser: Browser;
const examples = join(tmpdir(), `sconce-examples-${process.pid}`);

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  mkdirSync(examples, { recursive: true });
  writeFiles(join(examples, 'hello'), {
    ...tinyRepository({ body: 'hello from an example' }),
    'README.md': '# Hello\n\nSays hello, and <b>nothing</b> else.\n',
    'sconce.yaml': 'services:\n  hello:\n    probe: { path: / }\n    resources: { memory: 64Mi }\n',
  });
  [platform, browser] = await Promise.all([
    startPlatform({ environment: { SCONCE_EXAMPLES_DIR: examples } }),
    openBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await platform?.stop();
  rmSync(examples, { recursive: true, force: true });
});

async function during(path: string, work: (visit: Visit) => Promise<void>, options: Parameters<typeof visit>[2] = {}) {
  const here = await visit(browser, platform, options);
  try {
    await arrive(here.page, path);
    await work(here);
    expect(here.foreign).toEqual([]);
    // What stands already answers 409, and nothing is there to be read yet answers 404: the browser notes both itself.
    expect(here.said.filter((line) => !/status of 40[49]/.test(line))).toEqual([]);
  } finally {
    await here.context.close();
  }
}

/** Presses and fields, counted as a person would. */
function counting(page: Page) {
  let steps = 0;
  return {
    press: async (role: 'button' | 'link', name: string) => {
      steps += 1;
      await page.getByRole(role, { name, exact: true }).click();
    },
    fill: async (label: string, text: string) => {
      steps += 1;
      await page.getByRole('textbox', { name: label }).fill(text);
    },
    steps: () => steps,
  };
}

const live = (page: Page) => page.getByRole('status').getByText('live', { exact: true }).first();
const answerOf = async (path: string) => (await fetch(new URL(path, platform.gatewayUrl))).text();

describe('the first deploy', () => {
  it('of somebody who has nothing yet is an example, and Deploy', async () => {
    await during('/', async ({ page }) => {
      await page.getByRole('heading', { name: 'Deploy your first service' }).waitFor();
      expect(await findBarriers(page)).toEqual([]);
      const person = counting(page);
      await person.press('link', 'Hello');
      const facts = page.locator('dl');
      await facts.getByText('EXPOSE 8000 in the Dockerfile').waitFor();
      expect((await facts.innerText()).replace(/\s+/g, ' ')).toMatch(
        /Dockerfile Port 8000 EXPOSE 8000 .* Ready when GET \/ sconce\.yaml GPU no .* Memory 64(?:\.0)? MiB sconce\.yaml/,
      );
      await person.press('button', 'Deploy');
      await page.waitForURL('**/p/examples/production/hello');
      await live(page).waitFor({ timeout: 60_000 });
      expect(await answerOf('/examples/production/hello/')).toBe('hello from an example');
    });
  });

  it('of a repository of one’s own takes three: its name, the push, and Deploy', async () => {
    await during('/p/-/deploy', async ({ page }) => {
      const person = counting(page);
      await person.fill('Repository', 'speech');
      await person.press('button', 'Make the repository');
      const remote = await page.getByText(/^git remote add sconce /).innerText();
      const push = await page.getByText(/^git push sconce /).innerText();
      await page.getByText('Waiting for the first push').waitFor();
      // The commands that the page says, with a token that it makes.
      await page.getByRole('button', { name: 'Make a token for it' }).click();
      const token = await page.getByText(/^sconce_service_/).innerText();
      const clone = new GitClone(remote.split(' ').at(-1) ?? '', token);
      try {
        const files = tinyRepository({ body: 'one' });
        clone.commit(
          {
            ...files,
            Dockerfile: `${files.Dockerfile}COPY index.html /www/health\n`,
            'app.py': "@app.get('/index.html')\n@app.get('/health')",
          },
          'First <i>words</i>',
        );
        await clone.push(push.split(' ').at(-1) ?? '');
      } finally {
        clone.remove();
      }
      // The page goes on by itself.
      await page.getByText('First <i>words</i>').waitFor();
      await page.getByText('GET /health').waitFor();
      expect(await page.locator('main i').count()).toBe(0);
      await person.press('button', 'Deploy');
      expect(person.steps()).toBe(3);
      await page.waitForURL('**/p/models/production/speech');
      const client = createClient({ baseUrl: platform.apiUrl, token: platform.token });
      const service = await client.getService({ params: { service: 'models/production/speech' } });
      expect(service.settings).toEqual({ probe: { path: '/health' } });
      expect(service.build?.commit.message).toBe('First <i>words</i>');
      await live(page).waitFor({ timeout: 60_000 });
      expect(await answerOf('/models/production/speech/')).toBe('one');
    });
  });

  it('of a repository that is there takes two, and says what is in the way', async () => {
    const client = createClient({ baseUrl: platform.apiUrl, token: platform.token });
    await client.createRepository({ params: { project: 'models' }, body: { kind: 'builtin', slug: 'vision' } });
    const clone = new GitClone(`${platform.apiUrl}/git/models/vision.git`, platform.token);
    try {
      clone.commit({ 'README.md': 'nothing yet' }, 'No Dockerfile');
      await clone.push();
      await during('/p/-/deploy', async ({ page }) => {
        const person = counting(page);
        await person.press('link', 'models/vision');
        await page.getByText('There is no Dockerfile.').waitFor();
        expect(await page.getByRole('button', { name: 'Deploy', exact: true }).isDisabled()).toBe(true);
        clone.commit(tinyRepository({ body: 'two' }), 'With one');
        await clone.push();
        await page.getByText('With one').waitFor();
        await person.press('button', 'Deploy');
        await page.waitForURL('**/p/models/production/vision');
        await live(page).waitFor({ timeout: 60_000 });
        expect(person.steps()).toBe(2);
        expect(await answerOf('/models/production/vision/')).toBe('two');
      });
    } finally {
      clone.remove();
    }
  });
});

describe('the plan', () => {
  it.each([
    { colorScheme: 'dark', width: 1440 },
    { colorScheme: 'light', width: 390 },
  ] as const)('is for everybody, in $colorScheme and $width px', async (look) => {
    for (const [path, words] of [
      ['/p/-/deploy', 'From a terminal'],
      ['/p/-/deploy?example=hello', 'EXPOSE 8000 in the Dockerfile'],
      ['/p/-/deploy?repository=models/vision', 'With one'],
    ] as const) {
      await during(
        path,
        async ({ page }) => {
          await page.getByText(words).first().waitFor();
          expect([path, await findBarriers(page)]).toEqual([path, []]);
          expect([path, await overflowing(page)]).toEqual([path, []]);
          expect(await page.locator('main b').count()).toBe(0);
        },
        look,
      );
    }
  });

  it('is for everybody while it is still being read, too', async () => {
    await during('/account', async ({ page }) => {
      const held = Promise.withResolvers<void>();
      await page.route(/\/repositories/, async (route) => {
        await held.promise;
        await route.continue();
      });
      await page.goto('/p/-/deploy');
      await page.getByRole('status', { name: 'Loading repositories' }).first().waitFor();
      expect(await findBarriers(page)).toEqual([]);
      held.resolve();
      await page
        .getByRole('list', { name: 'Repositories of models' })
        .getByRole('link', { name: 'models/vision' })
        .waitFor();
    });
  });

  it('of what is not there, or not one’s own, says so', async () => {
    for (const query of ['repository=models/none', 'repository=%2e%2e/x', 'example=none'])
      await during(`/p/-/deploy?${query}`, async ({ page }) => {
        await page.getByText('There is no such').first().waitFor();
      });
  });
});
