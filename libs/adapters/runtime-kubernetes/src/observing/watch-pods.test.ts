import { KubeConfig } from '@kubernetes/client-node';
import { newId } from '@sconce/foundation';
import { createKubernetesApi, createObjects } from '@sconce/kubernetes-api';
import { type Answer, breakOff, lines, manualClock, startScriptedApi, status, waitUntil } from '@sconce/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { label } from '../names.ts';
import { createKnownNodes } from '../nodes/known-nodes.ts';
import { watchPods } from './watch-pods.ts';

function toScriptedConfig(server: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: 'scripted', server, skipTLSVerify: true }, { name: 'nobody' });
  return kubeConfig;
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const [first, second] = [newId('svc'), newId('svc')];
const pod = (service: string, resourceVersion: string) => ({
  metadata: { uid: `pod of ${service}`, name: 'pod', resourceVersion, labels: { [label.service]: service } },
});
const list = (...items: object[]) => status(200, { metadata: { resourceVersion: '100' }, items });
const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const stay = lines([], 'stay');

async function watching(script: readonly Answer[]) {
  const server = await startScriptedApi(script, stay);
  const clock = { ...manualClock(), sleep: () => new Promise<void>(setImmediate) };
  const api = createKubernetesApi(toScriptedConfig(server.url), clock);
  open.push(api, server);
  const hints: string[] = [];
  const abort = new AbortController();
  const options = {
    home: 'main',
    podSecurity: 'restricted',
    gatewayCidrs: [],
    gatewayNamespace: null,
    egressExcept: [],
    account: null,
  } as const;
  const objects = createObjects(api);
  const nodes = createKnownNodes({ api, objects, clock, home: options.home });
  const parts = { api, objects, nodes, clock, options, cluster: 'test' };
  const ended = watchPods(parts, (service) => hints.push(service), abort.signal);
  return {
    hints,
    asked: server.asked,
    /** Until so many requests were made: the last one is the watch that stays. */
    async settled(requests: number) {
      await waitUntil('all to be asked', () => server.asked.length >= requests);
      await waitUntil('the hints', () => hints.length > 0);
      abort.abort();
      await ended;
    },
  };
}

describe('watchPods', () => {
  it('hints at what is there, and at what an event names', async () => {
    const { hints, settled, asked } = await watching([
      list(pod(first, '1')),
      lines(
        [event('MODIFIED', pod(second, '101')), event('BOOKMARK', { metadata: { resourceVersion: '150' } })],
        'end',
      ),
    ]);
    await settled(3);
    expect(hints).toEqual([first, second]);
    // It goes on from the bookmark.
    expect(asked[2]).toContain('resourceVersion=150');
  });

  it.each<[string, Answer]>([
    ['its place is gone', lines([event('ERROR', { metadata: {}, code: 410 })], 'end')],
    ['it is refused with 410', status(410, { reason: 'Expired' })],
    ['it is refused with 500', status(500)],
    ['its connection breaks', breakOff],
    ['it breaks in the middle', lines([event('MODIFIED', pod(first, '1')), '{"type":"MODI'], 'break')],
    ['it ends with half a line', lines(['{"type":"MODI'], 'end')],
    ['it says nothing and ends', lines([], 'end')],
  ])('lists anew where %s, and hints at what differs only', async (_, broken) => {
    const { hints, settled, asked } = await watching([
      list(pod(first, '1')),
      broken,
      list(pod(first, '1'), pod(second, '2')),
    ]);
    await settled(4);
    expect(hints.filter((service) => service === second)).toEqual([second]);
    expect(asked[2]).not.toContain('watch=true');
    expect(asked[3]).toContain('watch=true');
  });

  it('hints at what was gone when it listed anew', async () => {
    const { hints, settled } = await watching([list(pod(first, '1')), status(410), list()]);
    await settled(4);
    expect(hints).toEqual([first, first]);
  });
});
