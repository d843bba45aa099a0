import { waitUntil } from '@sconce/testkit';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../../tests/support/browser.ts';
import { findDockerClient } from '../../tests/support/docker-client.ts';
import { type Platform, startPlatform } from '../../tests/support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../../tests/support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../../tests/support/workshop.ts';

export const project = 'vision';
export const environment = `${project}/production`;

export interface Scene {
  readonly platform: Platform;
  readonly browser: Browser;
  readonly workshop: Workshop;
}

/** A platform with three live services that two pushes and a change of variables made, and a browser. */
export async function openScene(): Promise<Scene> {
  ensureTinyBase(findDockerClient());
  const [platform, browser] = await Promise.all([
    // One client asks for fifty; it is not to be told to wait.
    startPlatform({ environment: { SCONCE_API_RATE_LIMIT: '100000' } }),
    openBrowser(),
  ]);
  try {
    return { platform, browser, workshop: await furnish(platform) };
  } catch (error) {
    await browser.close();
    await platform.stop();
    throw error;
  }
}

async function furnish(platform: Platform): Promise<Workshop> {
  const workshop = await openWorkshop(platform, project);
  for (const slug of ['embed', 'rank']) {
    const settings = { watchMs: 2_000, probe: { path: '/' } };
    await workshop.client.createService({ params: { environment }, body: { slug, repository: 'app', settings } });
  }
  for (const body of ['one', 'two']) {
    const files = tinyRepository({ body, before: `echo serving ${body}` });
    await workshop.live(await workshop.deploy(files, `Answer ${body}`));
  }
  await workshop.client.updateServiceVariables({
    params: { service: workshop.service },
    body: { MODEL: 'resnet50', LOG_LEVEL: 'info' },
    query: { deploy: true },
  });
  await atRest(workshop);
  return workshop;
}

/** What is still rolled out when the processes that act are ended would be shown instead of what is measured. */
async function atRest({ client }: Workshop): Promise<void> {
  await waitUntil(
    'no rollout to be left',
    async () => (await client.listServices({ params: { environment } })).data.every(({ rollout }) => rollout === null),
    120_000,
    200,
  );
}

export async function closeScene({ platform, browser, workshop }: Scene): Promise<void> {
  workshop.remove();
  await browser.close();
  await platform.stop();
}
