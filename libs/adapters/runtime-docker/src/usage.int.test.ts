import { systemClock } from '@sconce/foundation';
import { aReplicaTarget } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningReplica } from './containers/replica-tracker.ts';
import { createEngine } from './engine/engine.ts';
import { type DockerUnderTest, makeDockerUnderTest } from './testing/docker-under-test.ts';
import { createDockerUsageMeter } from './usage/docker-usage-meter.ts';

let subject: DockerUnderTest;
let replica: RunningReplica;
beforeAll(async () => {
  subject = await makeDockerUnderTest();
  const target = subject.behave(aReplicaTarget(), { kind: 'serves' });
  await subject.runtime.apply(target);
  const ready = await subject.waitUntil('a ready replica', async () => {
    const [one] = await subject.runtime.observe(target.service);
    return one?.health === 'ready' && one;
  });
  const { State } = await subject.docker.getContainer(ready.id).inspect();
  replica = { id: ready.id, pid: State.Pid, service: ready.service, release: ready.release, gpus: ['GPU-1'] };
});
afterAll(() => subject.close());

function meterOf(running: readonly RunningReplica[], options: { isRemote?: boolean; gpus?: number } = {}) {
  const asked: string[] = [];
  const engine = createEngine({ socketPath: subject.proxy.socketPath });
  const meter = createDockerUsageMeter({
    engine: {
      ...engine,
      containerUsage: (id) => {
        asked.push(id);
        return engine.containerUsage(id);
      },
    },
    gpus: {
      all: async () => Array.from({ length: options.gpus ?? 0 }, () => ({ id: 'GPU-1', product: 'L4', memoryMiB: 1 })),
      taken: async () => new Set(['GPU-1']),
    },
    run: async () => ({ code: 0, stdout: Buffer.from('GPU-1, 41, 9000\n'), stderr: '' }),
    isRemote: options.isRemote ?? false,
    info: () => engine.info(),
    clock: systemClock,
    tracker: { start: async () => {}, looked: async () => {}, running: () => running },
  });
  return { meter, asked };
}

it('reads the kernel’s counters, and asks the engine only where they are not to be seen from here', async () => {
  const here = meterOf([replica]);
  const elsewhere = meterOf([{ ...replica, pid: process.pid }]);
  const [own] = (await here.meter.usage()).replicas;
  const [engines] = (await elsewhere.meter.usage()).replicas;
  const [later] = (await here.meter.usage()).replicas;
  expect([here.asked, elsewhere.asked]).toEqual([[], [replica.id]]);
  expect(own?.cpuMs).toBeGreaterThan(0);
  // The same counter, read in between.
  expect(engines?.cpuMs).toBeGreaterThanOrEqual(own?.cpuMs ?? 0);
  expect(engines?.cpuMs).toBeLessThanOrEqual(later?.cpuMs ?? 0);
  expect((engines?.memoryMiB ?? 0) / (own?.memoryMiB ?? 1)).toBeGreaterThan(0.3);
  expect((engines?.memoryMiB ?? 0) / (own?.memoryMiB ?? 1)).toBeLessThan(3);
});

it('leaves out a replica that is gone, and says nothing of a machine that is not this one', async () => {
  const gone = { ...replica, id: 'f'.repeat(64), pid: 2 ** 22 + 1 };
  const { replicas, pools } = await meterOf([gone], { isRemote: true }).meter.usage();
  expect([replicas, pools]).toEqual([[], []]);
});

it('asks for GPUs where there are some', async () => {
  const { replicas, pools } = await meterOf([replica], { gpus: 1 }).meter.usage();
  expect(replicas[0]?.gpus).toEqual([{ id: 'GPU-1', percent: 41, memoryMiB: 9_000 }]);
  expect(pools[0]).toMatchObject({ gpusHeld: 1, gpus: [{ id: 'GPU-1', percent: 41, memoryMiB: 9_000 }] });
  const without = await meterOf([replica]).meter.usage();
  expect(without.replicas[0]?.gpus).toEqual([{ id: 'GPU-1', percent: null, memoryMiB: null }]);
});
