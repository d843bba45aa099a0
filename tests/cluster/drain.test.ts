import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterPlatform, startPlatformOnCluster } from '../support/cluster-platform.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type DrainableNodes, openDrainableNodes } from '../support/drainable-nodes.ts';
import { openLoop, summarise } from '../support/open-loop.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

/** The tiny service lets nine connections wait, and the kernel drops those that are more: that would be a loss of its own. */
const mostUnderWay = 8;

let nodes: DrainableNodes;
let platform: ClusterPlatform;
let shop: Workshop;

beforeAll(async () => {
  nodes = await openDrainableNodes();
  ensureTinyBase(findDockerClient());
  platform = await startPlatformOnCluster();
  shop = await openWorkshop(platform, 'drained');
  await shop.live(await shop.deploy(tinyRepository({ body: 'here', before: 'sleep 1' }), 'here'));
});
afterEach(() => nodes.openAll());
afterAll(async () => {
  shop?.remove();
  await platform?.stop();
  await nodes?.close();
});

const replicas = async () => (await shop.client.listReplicas({ params: { service: shop.service } })).data;
const onlyReplica = () =>
  waitUntil('one replica, that is ready', async () => {
    const all = await replicas();
    return all.length === 1 && all[0]?.health === 'ready' ? all[0] : null;
  });
const events = async (type: string) => {
  const { data } = await shop.client.listServiceEvents({
    params: { service: shop.service },
    query: { type, limit: 10 },
  });
  return data.map(({ data: words }) => words);
};

describe('a service with one replica, on two nodes', () => {
  it('is moved by `kubectl drain` without a lost request, at 200 a second', async () => {
    const before = await onlyReplica();
    const load = openLoop(shop.url, 200, mostUnderWay);
    try {
      await waitUntil('some answers', () => load.answers.length > 200);
      await nodes.drain(before.node);
      const after = await onlyReplica();
      expect(after.node).not.toBe(before.node);
      const answered = load.answers.length;
      await waitUntil('some more answers', () => load.answers.length > answered + 200);
    } finally {
      await load.finish();
    }
    const { total, lost } = summarise(load.answers);
    expect(lost).toEqual([]);
    expect(total).toBeGreaterThan(600);
    expect(await events('replica.leaving')).toMatchObject([{ node: before.node, cause: 'drained' }]);
    expect(await events('replica.moved')).toMatchObject([
      { node: before.node, successor: { node: expect.any(String) } },
    ]);
  });

  it('is moved back by the next drain, with requests that take longer than a pod is given to end', async () => {
    const slow =
      'printf "#!/bin/sh\\nsleep 20\\nprintf \'content-type: text/plain\\\\r\\\\n\\\\r\\\\nlate\'\\n" > /www/cgi-bin/slow';
    const start = `mkdir -p /www/cgi-bin && ${slow} && chmod 755 /www/cgi-bin/slow`;
    await shop.live(await shop.deploy(tinyRepository({ body: 'here', before: start }), 'slow'));
    const before = await onlyReplica();
    const late = fetch(new URL('cgi-bin/slow', shop.url));
    await waitUntil('the request to be there', async () => ((await replicas())[0]?.usage?.inFlight ?? 0) > 0);
    await nodes.drain(before.node);
    const answer = await late;
    expect([answer.status, await answer.text()]).toEqual([200, 'late']);
    expect((await onlyReplica()).node).not.toBe(before.node);
  });

  it('stays where no other node takes it, says why and what to do, and leaves when one does', async () => {
    const before = await onlyReplica();
    const other = nodes.names.find((name) => name !== before.node) ?? '';
    await nodes.cordon(other);
    await nodes.cordon(before.node);
    const { waiting } = await waitUntil('the service to say it', async () => {
      const service = await shop.read();
      return service.waiting?.message.includes('That one waits') ? service : null;
    });
    expect(waiting).toMatchObject({ reason: 'node_leaving', hint: null });
    expect(waiting?.message).toContain(`kubectl uncordon ${before.node}`);
    expect(await nodes.mayEvict(before)).toBe(false);
    expect(await (await fetch(shop.url)).text()).toBe('here');
    await nodes.open(other);
    await waitUntil('it to have moved', async () => (await onlyReplica()).node === other);
  });
});
