import { silentLog, systemClock } from '@sconce/foundation';
import type { ReplicaTarget } from '@sconce/ports';
import { aReplicaTarget, aSidecar, waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDockerRuntime } from './create-docker-runtime.ts';
import { label } from './names.ts';
import { type DockerUnderTest, makeDockerUnderTest } from './testing/docker-under-test.ts';
import { execIn } from './testing/exec-in.ts';

let subject: DockerUnderTest;
const targets: ReplicaTarget[] = [];

beforeAll(async () => {
  subject = await makeDockerUnderTest();
});
afterEach(async () => {
  for (const { service } of targets.splice(0)) await subject.runtime.removeEnvironment(service.environment, true);
});
afterAll(() => subject?.close());

function aTarget(change: Partial<ReplicaTarget> = {}): ReplicaTarget {
  const sidecars = [
    subject.beside('cache', { kind: 'serves' }),
    { ...subject.beside('shipper', { kind: 'never_ready' }), env: { A: "it's" } },
  ];
  const target = subject.behave(aReplicaTarget({ sidecars, ...change }), { kind: 'serves' });
  targets.push(target);
  return target;
}
const ready = (target: ReplicaTarget) =>
  waitUntil('it to be ready', async () => {
    return (await subject.runtime.observe(target.service)).find(({ health }) => health === 'ready');
  });
const sidecarsOf = async ({ service }: ReplicaTarget) => {
  const filters = { label: [`${label.service}=${service.service}`, `${label.kind}=sidecar`] };
  const all = await subject.docker.listContainers({ all: true, filters });
  return new Map(all.map(({ Id, Labels }) => [Labels[label.sidecar] ?? '', Id]));
};
const idOf = async (target: ReplicaTarget, name: string) => (await sidecarsOf(target)).get(name) ?? '';
const startOf = async (id: string) => (await subject.docker.getContainer(id).inspect()).State.StartedAt;

describe('sidecars', () => {
  it('start before the main process in their order, and are reached on localhost', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    const replica = await ready(target);
    const started = [await idOf(target, 'cache'), await idOf(target, 'shipper'), replica.id].map(startOf);
    const times = await Promise.all(started);
    expect([...times].sort()).toEqual(times);
    const page = (id: string, port: number) =>
      waitUntil(`port ${port} to answer`, async () => {
        return (await execIn(subject.docker, id, `wget -qO- http://127.0.0.1:${port}/`)).output.includes('ok');
      });
    await page(replica.id, 9_000);
    await page(await idOf(target, 'shipper'), 8_000);
    expect((await execIn(subject.docker, await idOf(target, 'shipper'), 'echo $A')).output).toContain("it's");
  });

  it('stop after the main process, the last one first', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    const replica = await ready(target);
    const names = new Map([...(await sidecarsOf(target))].map(([name, id]) => [id, name]));
    const ends: string[] = [];
    const filters = { event: ['die'], label: [`${label.service}=${target.service.service}`] };
    const events = await subject.docker.getEvents({ filters });
    events.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().trim().split('\n')) {
        const { Actor } = JSON.parse(line) as { Actor: { ID: string } };
        ends.push(Actor.ID === replica.id ? 'main' : (names.get(Actor.ID) ?? 'sandbox'));
      }
    });
    await subject.runtime.retire({ service: target.service, release: target.release });
    await waitUntil('the last end', async () => ends.includes('sandbox'));
    (events as unknown as { destroy(): void }).destroy();
    expect(ends).toEqual(['main', 'shipper', 'cache', 'sandbox']);
    expect(await sidecarsOf(target)).toEqual(new Map());
  });

  it('that were stopped or removed by hand come back, beside the same main process', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    const { id } = await ready(target);
    await subject.docker.getContainer(await idOf(target, 'cache')).remove({ force: true });
    await subject.docker.getContainer(await idOf(target, 'shipper')).stop({ t: 0 });
    const [hurt] = await subject.runtime.observe(target.service);
    expect(hurt).toMatchObject({ id, health: 'unready', message: 'It waits for its sidecar cache.' });
    await subject.runtime.apply(target);
    expect((await ready(target)).id).toBe(id);
  });

  it('of a replica that was removed by hand are replaced with it', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    const { id } = await ready(target);
    const before = await idOf(target, 'cache');
    await subject.docker.getContainer(id).remove({ force: true });
    await subject.runtime.apply(target);
    await ready(target);
    expect((await sidecarsOf(target)).size).toBe(2);
    expect(await idOf(target, 'cache')).not.toBe(before);
  });

  it('of two processes that apply at once are made once', async () => {
    const target = aTarget();
    const other = subject.again();
    await Promise.all([subject.runtime.apply(target), other.apply(target)]);
    await subject.runtime.apply(target);
    await ready(target);
    expect((await sidecarsOf(target)).size).toBe(2);
  });

  it('whose image is not there refuse the release by their name, and leave nothing', async () => {
    const missing = aTarget({ sidecars: [aSidecar({ name: 'tokens', image: '127.0.0.1:9/none:1' })] });
    await expect(subject.runtime.apply(missing)).rejects.toMatchObject({
      reason: 'image_pull_failed',
      message: expect.stringContaining('sidecar tokens'),
    });
    expect(await subject.runtime.observe(missing.service)).toEqual([]);
    expect(await sidecarsOf(missing)).toEqual(new Map());
  });

  it('without a replica and its sandbox are taken away', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    const { id } = await ready(target);
    const { Config } = await subject.docker.getContainer(id).inspect();
    await subject.docker.getContainer(id).remove({ force: true });
    await subject.docker.getContainer(Config.Labels[label.sandbox] ?? '').remove({ force: true });
    // A process that begins looks through all that stands.
    const other = createDockerRuntime({
      engine: { socketPath: subject.proxy.socketPath },
      home: subject.home,
      clock: systemClock,
      log: silentLog,
      stateDirectory: null,
    });
    await other.observe(target.service);
    await waitUntil('them to be gone', async () => (await sidecarsOf(target)).size === 0);
    await other.stop();
  });
});
