import { KubeConfig } from '@kubernetes/client-node';
import { RuntimeUnavailable } from '@sconce/ports';
import { type Answer, breakOff, manualClock, type ScriptedApi, startScriptedApi, status } from '@sconce/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { createKubernetesApi, type KubernetesApi } from './kubernetes-api.ts';
import { isConflict, isNotFound, KubernetesRefused } from './kubernetes-errors.ts';

function toScriptedConfig(server: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: 'scripted', server, skipTLSVerify: true }, { name: 'nobody' });
  return kubeConfig;
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function scripted(script: readonly Answer[], after: Answer = status(200, { ok: true })) {
  const server: ScriptedApi = await startScriptedApi(script, after);
  const clock = manualClock();
  const slept: number[] = [];
  const sleep = async (ms: number) => void slept.push(ms);
  const api: KubernetesApi = createKubernetesApi(toScriptedConfig(server.url), { ...clock, sleep });
  open.push(api, server);
  return { api, slept, asked: server.asked };
}
const get = { method: 'GET', path: '/api/v1/pods' } as const;

describe('createKubernetesApi', () => {
  it('waits as it is told before it comes again, whatever it asked', async () => {
    const busy = status(429, { message: 'too many' }, { 'retry-after': '3' });
    const { api, slept, asked } = await scripted([busy, status(429), status(503, {}, { 'retry-after': '60' })]);
    expect(await api.call('creating', { ...get, method: 'POST', body: {} })).toEqual({ ok: true });
    expect(slept).toEqual([3_000, 2_000, 10_000]);
    expect(asked).toHaveLength(4);
  });

  it('gives up on one that never has time, as unavailable', async () => {
    const { api, asked } = await scripted([], status(429));
    await expect(api.call('listing pods', get)).rejects.toThrow(RuntimeUnavailable);
    expect(asked).toHaveLength(5);
  });

  it.each<[string, Answer]>([
    ['an error of its own', status(500, { message: 'etcdserver: request timed out' })],
    ['a broken connection', breakOff],
    ['half an answer', (_, response) => void response.writeHead(200, { 'content-length': '100' }).end('{"items":')],
    ['an answer that is no JSON', (_, response) => void response.end('<html>')],
  ])('takes %s as unavailable, and says what was tried', async (_, answer) => {
    const { api } = await scripted([], answer);
    const failed = api.call('listing pods', get);
    await expect(failed).rejects.toThrow(RuntimeUnavailable);
    await expect(failed).rejects.toThrow(/^listing pods: /);
  });

  it('tells its refusals apart, in its own words', async () => {
    const { api } = await scripted([
      status(404, { reason: 'NotFound', message: 'pods "x" not found' }),
      status(409, { reason: 'Conflict', message: 'changed' }),
      status(422, { reason: 'Invalid', message: 'spec: Required value' }),
      (_, response) => void response.writeHead(403).end('no JSON at all'),
    ]);
    await expect(api.call('a', get)).rejects.toSatisfy(isNotFound);
    await expect(api.call('b', get)).rejects.toSatisfy(isConflict);
    await expect(api.call('c', get)).rejects.toMatchObject({ statusCode: 422, detail: 'spec: Required value' });
    await expect(api.call('d', get)).rejects.toBeInstanceOf(KubernetesRefused);
  });

  it('ends a stream with its signal', async () => {
    const { api } = await scripted([], (_, response) => void response.writeHead(200).write('line\n'));
    const abort = new AbortController();
    const stream = await api.stream('watching', '/api/v1/pods', { watch: true }, abort.signal);
    const read = (async () => {
      let text = '';
      for await (const chunk of stream) {
        text += String(chunk);
        abort.abort();
      }
      return text;
    })();
    await expect(read).rejects.toThrow();
  });
});
