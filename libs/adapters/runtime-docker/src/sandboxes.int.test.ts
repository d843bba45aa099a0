import { silentLog, systemClock } from '@sconce/foundation';
import type { ReplicaTarget, Runtime } from '@sconce/ports';
import { aReplicaTarget, aServiceRef, nextRelease, type ReplicaBehaviour, waitUntil } from '@sconce/testkit';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasWayBefore } from './containers/has-way-before.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';
import { createEngine } from './engine/engine.ts';
import { label, namesNetworkName } from './names.ts';
import { type DockerUnderTest, makeDockerUnderTest } from './testing/docker-under-test.ts';
import { execIn } from './testing/exec-in.ts';

let subject: DockerUnderTest;
const targets: ReplicaTarget[] = [];

beforeAll(async () => {
  subject = await makeDockerUnderTest();
});
afterAll(async () => {
  for (const { service } of targets) await subject.runtime.removeEnvironment(service.environment, true);
  await subject.close();
});

function aTarget(change: Partial<ReplicaTarget> = {}, behaviour: ReplicaBehaviour = { kind: 'serves' }): ReplicaTarget {
  const target = subject.behave(aReplicaTarget(change), behaviour);
  targets.push(target);
  return target;
}

const ready = (target: ReplicaTarget, runtime: Runtime = subject.runtime) =>
  waitUntil('it to be ready', async () => {
    const replicas = await runtime.observe(target.service);
    return replicas.find(({ release, health }) => release === target.release && health === 'ready');
  });

/** Of the service: all sandboxes with whether they run, and the one of each replica. */
async function sandboxes(target: ReplicaTarget) {
  const filters = { label: [`${label.home}=${subject.home}`, `${label.service}=${target.service.service}`] };
  const containers = await subject.docker.listContainers({ all: true, filters });
  const used = containers.map(({ Labels }) => Labels[label.sandbox]).filter((id) => id !== undefined);
  const all = containers.filter(({ Labels }) => Labels[label.kind] === 'sandbox').map(({ Id }) => Id);
  const running = new Set(containers.filter(({ State }) => State === 'running').map(({ Id }) => Id));
  return { all, used, spare: all.filter((id) => running.has(id) && !used.includes(id)) };
}

const aSpare = (target: ReplicaTarget) =>
  waitUntil('a sandbox to stand ready', async () => {
    const { spare } = await sandboxes(target);
    return spare.length === 1 && spare[0];
  });

async function resolve(id: string, name: string): Promise<readonly string[]> {
  return addressesIn((await execIn(subject.docker, id, `nslookup -type=a ${name} 127.0.0.11`)).output);
}

const addressesIn = (output: string) =>
  [...(output.split('Name:')[1] ?? '').matchAll(/Address(?: \d+)?: (\S+)/g)].map((match) => match[1] ?? '');

async function nameAddress(sandbox: string, target: ReplicaTarget): Promise<string | undefined> {
  const facts: Docker.ContainerInspectInfo = await subject.docker.getContainer(sandbox).inspect();
  return facts.NetworkSettings.Networks[namesNetworkName(target.service.environment)]?.IPAddress;
}

describe('the name of a service', () => {
  it('leads to replicas that are ready, and not to one that starts or stands ready for the next', async () => {
    const caller = aTarget();
    const model = aTarget({
      service: aServiceRef({ environment: caller.service.environment, serviceSlug: 'model' }),
    });
    await subject.runtime.apply(caller);
    const { id } = await ready(caller);
    expect(await resolve(id, 'model')).toEqual([]);
    await subject.runtime.apply(model);
    await ready(model);
    const first = await waitUntil('the name', async () => (await resolve(id, 'model'))[0]);
    await aSpare(model);

    const next = subject.behave(nextRelease(model), { kind: 'never_ready' });
    await subject.runtime.apply(next);
    await waitUntil('it to run', async () => {
      const replicas = await subject.runtime.observe(next.service);
      return replicas.some(({ release, startedAt }) => release === next.release && startedAt !== null);
    });
    expect(await resolve(id, 'model')).toEqual([first]);
  });

  it('leads somewhere at every moment of a change from one release to the next', async () => {
    const caller = aTarget();
    const model = aTarget({
      service: aServiceRef({ environment: caller.service.environment, serviceSlug: 'model' }),
    });
    await subject.runtime.apply(caller);
    await subject.runtime.apply(model);
    const [{ id }] = await Promise.all([ready(caller), ready(model)]);
    await waitUntil('the name', async () => (await resolve(id, 'model')).length > 0);
    const next = nextRelease(model);
    await subject.runtime.apply(next);
    let isOver = false;
    const answers: number[] = [];
    const asking = (async () => {
      while (!isOver) {
        const { output } = await execIn(subject.docker, id, 'nslookup -type=a model 127.0.0.11');
        // A name server that says nothing for a while has said nothing of the name.
        if (!/timed out|no servers could be reached/.test(output)) answers.push(addressesIn(output).length);
      }
    })();
    await ready(next);
    await subject.runtime.retire({ service: model.service, release: model.release });
    isOver = true;
    await asking;
    expect(answers.length).toBeGreaterThan(0);
    expect(Math.min(...answers)).toBeGreaterThan(0);
    const [sandbox = ''] = (await sandboxes(next)).used;
    expect(await resolve(id, 'model')).toEqual([await nameAddress(sandbox, next)]);
  });
});

describe('a sandbox that stands ready', () => {
  it('is what the next release starts in, and goes with it', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    await ready(target);
    const spare = await aSpare(target);
    const [first = ''] = (await sandboxes(target)).used;
    const next = nextRelease(target);
    await subject.runtime.apply(next);
    expect((await sandboxes(next)).used).toContain(spare);
    await ready(next);
    await subject.runtime.retire({ service: target.service, release: target.release });
    const after = await sandboxes(next);
    expect(after.used).toEqual([spare]);
    expect(after.all).not.toContain(first);
  });

  it('is taken over by a new process, which removes what belongs to nobody', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    await ready(target);
    const spare = await aSpare(target);
    const left = await leaveBehind(target);
    const later = createDockerRuntime({
      engine: { socketPath: subject.proxy.socketPath },
      home: subject.home,
      clock: { ...systemClock, now: () => Date.now() + 120_000 },
      log: silentLog,
      stateDirectory: null,
    });
    try {
      await later.observe(target.service);
      await waitUntil('the one left behind to go', async () => !(await sandboxes(target)).all.includes(left));
      await later.apply(nextRelease(target));
      expect((await sandboxes(target)).used).toContain(spare);
    } finally {
      await later.stop();
    }
  });

  it('is given to one of two processes that want it in the same moment', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    await ready(target);
    const spare = await aSpare(target);
    const others = [subject.again(), subject.again()];
    for (const other of others) await other.observe(target.service);
    const [one, two] = [nextRelease(target), nextRelease(target)];
    await Promise.all([others[0]?.apply(one), others[1]?.apply(two)]);
    await Promise.all([ready(one), ready(two)]);
    const { used } = await sandboxes(target);
    expect(new Set(used).size).toBe(3);
    expect(used).toContain(spare);
  });

  it('stays with whoever came first, and with the other one once that is gone', async () => {
    const engine = createEngine({ socketPath: subject.proxy.socketPath });
    const make = async () => (await subject.docker.createContainer({ Image: subject.image, Cmd: ['true'] })).id;
    const [first, second] = [await make(), await make()];
    try {
      expect(await hasWayBefore(engine, first, [{ Id: second }])).toBe(true);
      expect(await hasWayBefore(engine, second, [{ Id: first }])).toBe(false);
      await subject.docker.getContainer(first).remove();
      expect(await hasWayBefore(engine, second, [{ Id: first }])).toBe(true);
    } finally {
      await subject.docker.getContainer(second).remove();
    }
  });

  it('goes with its service', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    await ready(target);
    await aSpare(target);
    await subject.runtime.retire({ service: target.service, release: target.release });
    expect(await subject.runtime.services()).toContain(target.service.service);
    await subject.runtime.removeService(target.service.service);
    expect((await sandboxes(target)).all).toEqual([]);
    expect(await subject.runtime.services()).not.toContain(target.service.service);
  });

  /** As a process that was killed after it removed a replica, before it removed its sandbox. */
  async function leaveBehind({ service }: ReplicaTarget): Promise<string> {
    const facts = await subject.docker.getContainer((await aSpare(targets.at(-1) as ReplicaTarget)) ?? '').inspect();
    const twin = await subject.docker.createContainer({
      Image: facts.Image,
      Cmd: facts.Config.Cmd,
      Labels: facts.Config.Labels,
      HostConfig: { NetworkMode: facts.HostConfig.NetworkMode },
      NetworkingConfig: { EndpointsConfig: {} },
    });
    await subject.docker.getNetwork(namesNetworkName(service.environment)).connect({ Container: twin.id });
    await twin.start();
    return twin.id;
  }
});

describe('a replica whose sandbox goes', () => {
  it.each(['kill', 'remove'] as const)('by %s is seen at once and made anew', async (how) => {
    const target = aTarget({ stopTimeoutMs: 1_000 });
    await subject.runtime.apply(target);
    const before = await ready(target);
    const [sandbox = ''] = (await sandboxes(target)).used;
    const hint = Promise.withResolvers<void>();
    const abort = new AbortController();
    const watching = subject.runtime.watch((service) => {
      if (service === target.service.service) hint.resolve();
    }, abort.signal);
    await subject.docker.getContainer(sandbox)[how]({ ...(how === 'remove' ? { force: true } : {}) });
    await hint.promise;
    expect(await subject.runtime.observe(target.service)).toMatchObject([
      { id: before.id, health: 'exited', address: null, message: 'It lost its network and will be started again.' },
    ]);
    await subject.runtime.apply(target);
    const after = await ready(target);
    expect((await fetch(`http://${after.address?.host}:8000/`)).status).toBe(200);
    expect(await subject.runtime.observe(target.service)).toHaveLength(1);
    abort.abort();
    await watching;
  });
});
