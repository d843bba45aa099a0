import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterPlatform, startPlatformOnCluster } from '../support/cluster-platform.ts';
import { findClusterProcess } from '../support/cluster-process.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type DrainableNodes, openDrainableNodes } from '../support/drainable-nodes.ts';
import { openLoop, summarise } from '../support/open-loop.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let nodes: DrainableNodes;
let platform: ClusterPlatform;
let shop: Workshop;
const perSecond = 200;
/** The tiny service lets nine connections wait, and the kernel drops those that are more: that would be a loss of its own. */
const mostUnderWay = 8;

beforeAll(async () => {
  nodes = await openDrainableNodes();
  ensureTinyBase(findDockerClient());
  platform = await startPlatformOnCluster();
  shop = await openWorkshop(platform, 'faults');
  await shop.live(await shop.deploy(tinyRepository({ body: 'one' }), 'one'));
});
/** What a test stopped goes on, whatever became of the test. */
const stopped = new Set<number>();
afterEach(async () => {
  for (const pid of stopped) process.kill(pid, 'SIGCONT');
  stopped.clear();
  await nodes.openAll();
});
afterAll(async () => {
  shop?.remove();
  await platform?.stop();
  await nodes?.close();
});

const replicas = async () => (await shop.client.listReplicas({ params: { service: shop.service } })).data;
const readyOnes = async () => (await replicas()).filter(({ health, reason }) => health === 'ready' && reason === null);

/** Nothing it says or does comes through any more, as after a power cut, and nobody starts it again. */
function silence(part: string, ...words: readonly string[]): void {
  const pid = findClusterProcess(part, ...words);
  process.kill(pid, 'SIGSTOP');
  stopped.add(pid);
}

/** Loses no request while the work is done. */
async function underLoad(work: () => Promise<void>): Promise<void> {
  const load = openLoop(shop.url, perSecond, mostUnderWay);
  try {
    await waitUntil('some answers', () => load.answers.length > perSecond);
    await work();
    const answered = load.answers.length;
    await waitUntil('some more answers', () => load.answers.length > answered + perSecond);
  } finally {
    await load.finish();
  }
  expect(summarise(load.answers).lost).toEqual([]);
}

describe('no request is lost', () => {
  it('while the API server is away for a minute; what was pushed meanwhile goes live after that', async () => {
    await underLoad(async () => {
      silence('kube-apiserver');
      const since = performance.now();
      const pushed = await shop.deploy(tinyRepository({ body: 'two' }), 'two');
      await waitUntil('a minute to go by', () => performance.now() - since > 60_000, 120_000);
      for (const pid of stopped) process.kill(pid, 'SIGCONT');
      await shop.live(pushed);
    });
    expect(await (await fetch(shop.url)).text()).toBe('two');
  });

  it('when the scheduler is killed in the middle of a drain', async () => {
    const [before] = await waitUntil('one replica', async () => {
      const ready = await readyOnes();
      return ready.length === 1 ? ready : null;
    });
    if (before === undefined) throw new Error('there is no replica');
    await underLoad(async () => {
      const drained = nodes.drain(before.node);
      await waitUntil('another one to be made', async () => (await replicas()).length === 2);
      await platform.processes.scheduler.end('SIGKILL');
      await platform.processes.scheduler.start();
      await drained;
    });
    expect((await readyOnes()).map(({ node }) => node)).not.toContain(before.node);
  });

  it('when a kubelet is gone: another replica takes over, and the service says which one was lost', async () => {
    const [before] = await waitUntil('one replica', async () => {
      const ready = await readyOnes();
      return ready.length === 1 ? ready : null;
    });
    if (before === undefined) throw new Error('there is no replica');
    await underLoad(async () => {
      silence('kubelet', `--hostname-override=${before.node}`);
      const [after] = await waitUntil(
        'another one to take over',
        async () => {
          const ready = await readyOnes();
          return ready.length === 1 && ready[0]?.id !== before.id ? ready : null;
        },
        180_000,
      );
      expect(after?.node).not.toBe(before.node);
    });
    const lost = await waitUntil(
      'the old one to be lost',
      async () => {
        return (await replicas()).find(({ reason }) => reason === 'node_lost');
      },
      180_000,
    );
    expect(lost).toMatchObject({ id: before.id, node: before.node });
    const query = { type: 'replica.lost' };
    const { data } = await shop.client.listServiceEvents({ params: { service: shop.service }, query });
    expect(data[0]?.data).toMatchObject({ node: before.node, successor: { name: expect.any(String) } });
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
    await waitUntil('it to be forgotten', async () => (await replicas()).every(({ id }) => id !== before.id), 180_000);
  });
});
