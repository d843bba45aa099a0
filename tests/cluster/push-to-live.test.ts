import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setGpus } from '../support/cluster-node.ts';
import { type ClusterPlatform, startPlatformOnCluster } from '../support/cluster-platform.ts';
import { type CommandLine, makeCommandLine } from '../support/command-line.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { openLoop } from '../support/open-loop.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: ClusterPlatform;
let shop: Workshop;
let cli: CommandLine;

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  platform = await startPlatformOnCluster();
  cli = makeCommandLine(platform);
  shop = await openWorkshop(platform, 'vision');
});
afterAll(async () => {
  cli?.remove();
  shop?.remove();
  await platform?.stop();
});

const push = async (body: string) => shop.live(await shop.deploy(tinyRepository({ body, before: 'sleep 0.3' }), body));
const answer = async () => (await fetch(shop.url)).text();

describe('a push to a platform on Kubernetes', () => {
  it('is built, published, rolled out and answered', async () => {
    const service = await push('one');
    expect(await answer()).toBe('one');
    const [replica, ...others] = (await shop.client.listReplicas({ params: { service: shop.service } })).data;
    expect(replica).toMatchObject({ health: 'ready', name: expect.stringMatching(/^r1-/) });
    expect(others).toEqual([]);
    expect(service.live?.release.number).toBe(1);
  });

  it('takes commands, and a terminal, in its pod', async () => {
    const shell = (script: string) => ['exec', shop.service, '-T', '--', 'sh', '-c', script];
    expect(await cli.run(shell('cat; echo bad >&2; exit 9'), 'good\n')).toEqual({
      code: 9,
      out: 'good\n',
      err: 'bad\n',
    });
    const running = cli.onTerminal('exec', shop.service);
    await waitUntil('the prompt', () => /[#$] /.test(running.seen.out));
    running.type('busybox stty size; exit 5\r');
    expect(await running.ended).toMatchObject({ code: 5, out: expect.stringMatching(/24 80\r*\n/) });
    const left = cli.start(...shell('echo begun; sleep 2000'));
    await waitUntil('it to begin', () => left.seen.out.includes('begun'));
    left.kill('SIGKILL');
    const processes = shell("for p in /proc/[0-9]*/cmdline; do busybox tr '\\0' ' ' < $p; done 2>/dev/null");
    await waitUntil('it to be ended', async () => !(await cli.run(processes)).out.includes('sleep 2000 '));
  });

  it('replaces what runs, and a rollback brings it back, without a lost request', async () => {
    const load = openLoop(shop.url, 20);
    try {
      await push('two');
      const { release } = await shop.client.createRollback({ params: { service: shop.service }, body: {} });
      await waitUntil('the rollback to be live', async () => (await shop.read()).live?.release.id === release.id);
      expect(await answer()).toBe('one');
    } finally {
      await load.finish();
    }
    expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(load.answers.map(({ body }) => body))).toEqual(new Set(['one', 'two']));
    expect(load.answers.length).toBeGreaterThan(40);
  });

  it('shows what it printed', async () => {
    await shop.client.updateService({ params: { service: shop.service }, body: { autoDeploy: true } });
    await shop.live(await shop.deploy(tinyRepository({ body: 'three', before: 'echo hello from a pod' }), 'three'));
    await waitUntil('the line', async () => {
      const { data } = await shop.client.listServiceLogs({
        params: { service: shop.service },
        query: { text: 'hello from a pod' },
      });
      return data.length > 0;
    });
  });
});

describe('on a cluster with one GPU', () => {
  afterAll(() => setGpus(null));

  it('one release hands it over to the next, and requests wait meanwhile', async () => {
    await setGpus(1);
    const gpu = { product: null, count: 1, memoryMiB: null };
    await waitUntil('the GPU to be known', async () => {
      const { data } = await shop.client.listClusters({});
      return data.some(({ gpus }) => gpus.total === 1);
    });
    await shop.client.updateService({ params: { service: shop.service }, body: { settings: { resources: { gpu } } } });
    await push('with a GPU');
    const load = openLoop(shop.url, 5);
    try {
      await push('with the same GPU');
    } finally {
      await load.finish();
    }
    expect(load.answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(load.answers.map(({ body }) => body))).toEqual(new Set(['with a GPU', 'with the same GPU']));
    const { data } = await shop.client.listRollouts({ params: { service: shop.service } });
    expect(data[0]).toMatchObject({ phase: 'complete', strategy: 'hand_over' });
  });
});
