import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDockerClient } from '../support/docker-client.ts';
import { breaches } from '../support/invariants.ts';
import { openLoop, summarise } from '../support/open-loop.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: Platform;
const opened: Workshop[] = [];

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  platform = await startPlatform();
});
afterAll(async () => {
  for (const workshop of opened) workshop.remove();
  await platform?.stop();
});

async function workshop(
  project: string,
  settings: { watchMs?: number; drainTimeoutMs?: number } = {},
): Promise<Workshop> {
  const one = await openWorkshop(platform, project, settings);
  opened.push(one);
  return one;
}

async function ask(url: URL): Promise<{ status: number; body: string; release: string | null }> {
  const answer = await fetch(url);
  return { status: answer.status, body: (await answer.text()).trim(), release: answer.headers.get('x-sconce-release') };
}

describe('the main road', () => {
  it('makes a push live, replaces it without losing a request, and brings the old one back', async () => {
    const shop = await workshop('road');
    await shop.live(await shop.deploy(tinyRepository({ body: 'one' }), 'One'));
    expect(await ask(shop.url)).toEqual({ status: 200, body: 'one', release: 'r1' });

    const load = openLoop(shop.url, 100);
    await shop.live(await shop.deploy(tinyRepository({ body: 'two' }), 'Two'));
    expect(await ask(shop.url)).toMatchObject({ body: 'two', release: 'r2' });

    const rollback = await shop.client.createRollback({
      params: { service: shop.service },
      body: {},
      query: { wait: '30s' },
    });
    expect(rollback.release.number).toBe(1);
    await waitUntil('r1 to answer', async () => (await ask(shop.url)).release === 'r1', 20_000);
    const seen = summarise(await load.finish());
    expect(seen.lost).toEqual([]);
    expect(Object.keys(seen.releases).sort()).toEqual(['r1', 'r2']);
    expect((await shop.read()).pinned).not.toBeNull();
  });

  it('builds but does not deploy a push while the service is pinned, says so, and deploys again when released', async () => {
    const shop = opened[0];
    if (!shop) throw new Error('the first test opens it');
    const commit = await shop.deploy(tinyRepository({ body: 'three' }), 'Three');
    const build = await waitUntil(
      'the build to end',
      async () => {
        const { data } = await shop.client.listBuilds({ params: { service: shop.service }, query: { commit } });
        return data.find((one) => one.phase === 'succeeded');
      },
      30_000,
    );
    expect(build.targets[0]).toMatchObject({ release: null, reason: 'auto_deploy_pinned' });
    await shop.client.updateService({ params: { service: shop.service }, body: { autoDeploy: true } });
    await shop.live(await shop.deploy(tinyRepository({ body: 'four' }), 'Four'));
    expect((await ask(shop.url)).body).toBe('four');
    expect(await breaches(platform)).toEqual([]);
  });

  it('makes the same tree live again without a build or a start', async () => {
    const shop = opened[0];
    if (!shop) throw new Error('the first test opens it');
    const before = (await shop.client.listReplicas({ params: { service: shop.service } })).data.map(
      (replica) => replica.id,
    );
    const commit = await shop.deploy({}, 'Nothing changed');
    const state = await shop.live(commit);
    expect(state.build?.commit.sha).toBe(commit);
    const builds = await shop.client.listBuilds({ params: { service: shop.service }, query: { commit } });
    expect(builds.data[0]?.reusedBuild).not.toBeNull();
    expect(
      (await shop.client.listReplicas({ params: { service: shop.service } })).data.map((replica) => replica.id),
    ).toEqual(before);
  });
});

describe('a bad release', () => {
  it.each([
    ['ends at once', { before: 'echo the model file is missing; exit 3' }, 'crash_loop'],
    ['never listens', { before: 'echo waiting for the model; sleep 1000' }, 'never_ready'],
  ])('that %s is taken back by itself, with the reason and its last lines', async (name, faulty, reason) => {
    const shop = await workshop(`bad-${name.split(' ')[0]}`);
    await shop.live(await shop.deploy(tinyRepository({ body: 'good' }), 'Good'));
    await shop.client.updateService({
      params: { service: shop.service },
      body: { settings: { probe: { path: '/', startupTimeoutMs: 6_000 } } },
    });
    const load = openLoop(shop.url, 50);
    await shop.deploy(tinyRepository({ body: 'bad', ...faulty }), 'Bad');
    const failed = await waitUntil(
      'the rollout to be taken back',
      async () => {
        const { data } = await shop.client.listRollouts({ params: { service: shop.service } });
        return data.find((rollout) => rollout.phase === 'aborted');
      },
      60_000,
      100,
    );
    const seen = summarise(await load.finish());
    expect(seen.lost).toEqual([]);
    expect(Object.keys(seen.releases)).toEqual(['r1']);
    expect(failed.reason).toBe(reason);
    expect(failed.lastLines.map((line) => line.text).join('\n')).toContain('model');
    expect((await shop.read()).live?.release.number).toBe(1);
    expect(await breaches(platform)).toEqual([]);
  });

  it('whose build fails says which step, keeps what is live, and shows the log', async () => {
    const shop = await workshop('bad-build');
    await shop.live(await shop.deploy(tinyRepository({ body: 'good' }), 'Good'));
    const files = tinyRepository({ body: 'bad' });
    const commit = await shop.deploy(
      { ...files, Dockerfile: `${files.Dockerfile}\nRUN echo about to fail; exit 7\n` },
      'Bad',
    );
    const build = await waitUntil(
      'the build to fail',
      async () => {
        const { data } = await shop.client.listBuilds({ params: { service: shop.service }, query: { commit } });
        return data.find((one) => one.phase === 'failed');
      },
      30_000,
    );
    expect(build.reason).toBe('build_step_failed');
    expect(build.message).toContain('7');
    const log = await shop.client.listBuildLogs({ params: { build: build.id } });
    expect(log.data.map((line) => line.text).join('\n')).toContain('about to fail');
    expect((await ask(shop.url)).body).toBe('good');
  });
});

describe('configuration', () => {
  it('reaches the replica, is frozen into releases, and never shows a secret', async () => {
    const shop = await workshop('config');
    const secret = `planted-${'s3cr3t'.repeat(4)}`;
    await shop.client.createSecretGroup({ params: { environment: 'config/production' }, body: { slug: 'keys' } });
    await shop.client.putSecret({
      params: { secretGroup: 'config/production/keys', name: 'API_KEY' },
      body: { value: secret },
    });
    await shop.client.updateService({ params: { service: shop.service }, body: { secretGroups: ['keys'] } });
    await shop.live(
      await shop.deploy(tinyRepository({ body: 'ok', before: 'echo "key is $API_KEY."' }), 'With a secret'),
    );
    const lines = await waitUntil('the line', async () => {
      const { data } = await shop.client.listServiceLogs({ params: { service: shop.service } });
      return data.find((line) => line.text.startsWith('key is'));
    });
    expect(lines.text).toBe('key is [secret].');

    const greeting = async () => (await ask(new URL('greeting.txt', shop.url))).body;
    for (const [number, value] of [
      [2, 'hello'],
      [3, 'changed'],
    ] as const) {
      await shop.client.updateServiceVariables({
        params: { service: shop.service },
        body: { GREETING: value },
        query: { deploy: 'true' },
      });
      await waitUntil(`r${number} to be live`, async () => (await shop.read()).live?.release.number === number, 30_000);
      expect(await greeting()).toBe(value);
    }
    await shop.client.createRollback({ params: { service: shop.service }, body: {}, query: { wait: '30s' } });
    await waitUntil('r2 to be live again', async () => (await shop.read()).live?.release.number === 2, 30_000);
    expect(await greeting()).toBe('hello');
    expect(await breaches(platform, [secret])).toEqual([]);
  });
});
