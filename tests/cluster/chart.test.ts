import { execFileSync } from 'node:child_process';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeImage } from '../../tools/image/make-image.mjs';
import { registryForPods, registryUnderTest } from '../support/build-place.ts';
import { type ChartPlatform, openChartPlatform } from '../support/chart-platform.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { openHelm } from '../support/helm.ts';
import { openLoop } from '../support/open-loop.ts';
import { pushTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: ChartPlatform;
let shop: Workshop;
let base = '';
let helm: Awaited<ReturnType<typeof openHelm>>;
const docker = findDockerClient();
/** Of this run: a node keeps what it once pulled by the same name. */
const [first, second] = [`first-${process.pid}`, `second-${process.pid}`];
const repository = `${registryUnderTest()}/sconce-chart-test`;

beforeAll(async () => {
  base = pushTinyBase(docker, registryUnderTest(), registryForPods());
  helm = await openHelm();
  await makeImage(`${repository}:${first}`);
  execFileSync(docker, ['tag', `${repository}:${first}`, `${repository}:${second}`]);
  execFileSync(docker, ['push', `${repository}:${second}`], { stdio: 'ignore' });
  platform = await openChartPlatform(helm, repository);
}, 900_000);
afterAll(async () => {
  shop?.remove();
  await platform?.stop();
  execFileSync(docker, ['rmi', '--force', `${repository}:${first}`, `${repository}:${second}`], { stdio: 'ignore' });
});

// A busy machine starts six processes of Node at once, each from a fresh image.
describe('Sconce, installed with its chart', { timeout: 900_000 }, () => {
  it('is there with its tables, and says what to do next', async () => {
    const printed = await platform.install(first);
    expect(printed).toContain('sconce-server first-admin');
    expect((await fetch(`${platform.apiUrl}/readyz`)).status).toBe(200);
    expect(await platform.names('pods')).toHaveLength(6);
  });

  it('takes a push, builds it in the cluster and has the service live behind its gateway', async () => {
    shop = await openWorkshop(platform, 'vision');
    await shop.live(await shop.deploy(tinyRepository({ body: 'one', base }), 'one'));
    expect(await (await fetch(shop.url)).text()).toBe('one');
  });

  it('is upgraded under load without a lost request, with the keys that it had', async () => {
    const keys = async () =>
      JSON.stringify(await helm('get', 'manifest', 'sconce', '--namespace', platform.namespace)).match(
        /SCONCE_KEYS: \S+/,
      )?.[0];
    const before = await keys();
    const load = openLoop(shop.url, 20);
    try {
      await platform.install(second);
    } finally {
      await load.finish();
    }
    expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(load.answers.length).toBeGreaterThan(200);
    expect(await keys()).toBe(before);
    await shop.live(await shop.deploy(tinyRepository({ body: 'two', base }), 'two'));
    expect(await (await fetch(shop.url)).text()).toBe('two');
  });

  it('leaves its keys and the address of its database when it goes, and nothing else', async () => {
    await waitUntil('what stood by to go', async () => (await platform.replicas()).length === 1, 60_000, 500);
    await helm('uninstall', 'sconce', '--namespace', platform.namespace, '--wait');
    expect(await platform.names('secrets')).toEqual(['sconce-database', 'sconce-keys']);
    expect(await platform.names('services')).toEqual([]);
    expect(await platform.names('serviceaccounts')).toEqual(['default']);
    expect(await platform.namespaces()).not.toContain(`${platform.namespace}-builds`);
    // What it ran goes on without it.
    expect(await platform.replicas()).toHaveLength(1);
  });
});
