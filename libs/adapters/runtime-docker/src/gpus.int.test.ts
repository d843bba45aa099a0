import { silentLog, systemClock } from '@sconce/foundation';
import { aReplicaTarget } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerRuntime, type DockerRuntime } from './create-docker-runtime.ts';
import { label } from './names.ts';
import { type DockerUnderTest, makeDockerUnderTest } from './testing/docker-under-test.ts';

const cards = `index, uuid, name, memory.total [MiB]
0, GPU-0b2f1a63-7f2e-0d43-9d53-3a1f0f1f2a10, NVIDIA A10, 23028 MiB
1, GPU-5c1de6a2-22aa-4f0e-8d3b-9b8f2cfe7711, NVIDIA A10, 23028 MiB
`;

let subject: DockerUnderTest;
let runtime: DockerRuntime;

beforeAll(async () => {
  subject = await makeDockerUnderTest();
  runtime = createDockerRuntime({
    engine: { socketPath: subject.proxy.socketPath },
    home: subject.home,
    clock: systemClock,
    log: silentLog,
    stateDirectory: null,
    run: async (command, args) => {
      const stdout = command === 'nvidia-smi' && args[0]?.startsWith('--query-gpu') ? cards : '';
      return { code: 0, stdout: Buffer.from(stdout), stderr: '' };
    },
  });
});
afterAll(async () => {
  await runtime.stop();
  await subject.close();
});

const gpu = { product: 'A10', count: 1, memoryMiB: null };

describe('a machine with GPUs', () => {
  it('counts as taken what any container on the engine was given', async () => {
    expect((await runtime.capacity())[0]?.gpus).toEqual([
      { product: 'NVIDIA A10', memoryMiB: 23_028, total: 2, free: 2 },
    ]);
    const service = aReplicaTarget().service.service;
    const holder = await subject.docker.createContainer({
      Image: subject.image,
      Cmd: ['true'],
      Labels: { [label.gpus]: 'GPU-0b2f1a63-7f2e-0d43-9d53-3a1f0f1f2a10', [label.service]: service },
    });
    try {
      expect((await runtime.capacity())[0]?.gpus).toMatchObject([{ total: 2, free: 1 }]);
      expect(await runtime.check({ gpu, memoryMiB: null, replicas: 1 })).toBeNull();
      expect(await runtime.check({ gpu, memoryMiB: null, replicas: 2 })).toMatchObject({
        reason: 'gpu_insufficient',
        message: expect.stringContaining('2 × NVIDIA A10 (22.5 GB, 1 free)'),
      });
      expect(await runtime.check({ gpu, memoryMiB: null, replicas: 2, service })).toBeNull();
      expect(await runtime.check({ gpu: { ...gpu, product: 'H100' }, memoryMiB: null, replicas: 1 })).toMatchObject({
        reason: 'gpu_insufficient',
      });
    } finally {
      await holder.remove({ force: true });
    }
  });

  it('refuses in words when the engine cannot hand them out, and leaves nothing behind', async (context) => {
    const { Runtimes } = await subject.docker.info();
    const canHandOut = Object.keys(Runtimes ?? {}).includes('nvidia');
    context.skip(canHandOut, 'the engine can hand out GPUs: made-up ones are refused for another reason');
    const target = {
      ...subject.behave(aReplicaTarget(), { kind: 'serves' }),
      resources: { cpuMilli: null, memoryMiB: null, gpu },
    };
    await expect(runtime.apply(target)).rejects.toMatchObject({
      reason: 'no_gpu_here',
      message: expect.stringContaining('cannot hand out GPUs'),
    });
    expect(await runtime.observe(target.service)).toEqual([]);
    await expect(runtime.apply({ ...target, replicas: 3 })).rejects.toMatchObject({ reason: 'gpu_insufficient' });
    await runtime.removeEnvironment(target.service.environment, true);
  });
});
