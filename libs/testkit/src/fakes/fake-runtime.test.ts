import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { aReplicaTarget, aSidecar, nextRelease } from '../contract/a-replica-target.ts';
import { type RuntimeUnderTest, runtimeContract } from '../contract/runtime-contract.ts';
import type { ReplicaBehaviour } from './fake-replica.ts';
import { fakeEngine, fakeRuntime } from './fake-runtime.ts';
import { manualClock } from './manual-clock.ts';

async function makeFake(): Promise<RuntimeUnderTest> {
  const clock = manualClock();
  const engine = fakeEngine(clock);
  const runtime = fakeRuntime(engine);
  engine.setNodes(['one', 'two']);
  const replica = (id: string) => engine.replicas.get(id) ?? expect.fail(`no replica ${id}`);
  return {
    runtime,
    again: () => fakeRuntime(engine),
    behave: (target, behaviour) => ({ ...target, image: { digest: programmed(behaviour), repository: null } }),
    beside: (name, behaviour) => aSidecar({ name, image: programmed(behaviour) }),
    outside: {
      remove: async (id) => replica(id).remove(),
      kill: async (id) => replica(id).kill(),
      mute: async (id, isMuted) => replica(id).setMuted(isMuted),
    },
    nodes: {
      close: async (node, isClosed) => engine.setLeaving(node, isClosed ? { cause: 'drained', until: null } : null),
      evict: async (id) => {
        const { node, isHeld } = replica(id);
        const isGiven = !isHeld();
        if (isGiven) engine.evict(node() ?? '');
        return isGiven;
      },
    },
    setAway: async (isAway) => engine.setAway(isAway),
    now: () => clock.now(),
    async waitUntil(what, check, timeoutMs = 120_000) {
      for (const end = clock.now() + timeoutMs; clock.now() <= end; await clock.advance(20)) {
        const answer = await check();
        if (answer !== false && answer !== null && answer !== undefined) return answer as never;
      }
      throw new Error(`Waited ${timeoutMs} ms for: ${what}`);
    },
    async settle(work) {
      let isDone = false;
      const settled = work.finally(() => {
        isDone = true;
      });
      settled.catch(() => undefined);
      for (let turn = 0; turn < 5_000 && !isDone; turn += 1) await clock.advance(10);
      return settled;
    },
    close: async () => undefined,
  };

  function programmed(behaviour: ReplicaBehaviour): string {
    const digest = `sha256:${createHash('sha256').update(JSON.stringify(behaviour)).digest('hex')}`;
    engine.program(digest, behaviour);
    return digest;
  }
}

runtimeContract('fake-runtime', makeFake);

describe('fakeRuntime', () => {
  it('refuses what it is told to refuse', async () => {
    const engine = fakeEngine(manualClock());
    const runtime = fakeRuntime(engine);
    const target = aReplicaTarget();
    engine.refuse(target.image.digest, { reason: 'image_missing', message: 'It is gone.' });
    await expect(runtime.apply(target)).rejects.toMatchObject({ reason: 'image_missing', message: 'It is gone.' });
    engine.refuse(target.image.digest, null);
    await runtime.apply(target);
    expect(await runtime.observe(target.service)).toHaveLength(1);
  });

  it('hands out each GPU once, and counts those of the asking service as free when checking', async () => {
    const engine = fakeEngine(manualClock());
    const runtime = fakeRuntime(engine);
    engine.setMachine({
      cpuMilli: 8_000,
      memoryMiB: 1_000,
      gpus: [{ id: 'GPU-1', product: 'NVIDIA H100', memoryMiB: 81_559 }],
    });
    const gpu = { product: 'H100', count: 1, memoryMiB: null };
    const target = aReplicaTarget({ resources: { cpuMilli: null, memoryMiB: null, gpu } });
    await runtime.apply(target);
    expect((await runtime.observe(target.service))[0]?.gpus).toEqual(['GPU-1']);
    await expect(runtime.apply(nextRelease(target))).rejects.toMatchObject({ reason: 'gpu_insufficient' });
    expect(await runtime.check({ gpu, memoryMiB: null, replicas: 1 })).toMatchObject({ reason: 'gpu_insufficient' });
    expect(await runtime.check({ gpu, memoryMiB: null, replicas: 1, service: target.service.service })).toBeNull();
    expect((await runtime.capacity())[0]?.gpus).toEqual([
      { product: 'NVIDIA H100', memoryMiB: 81_559, total: 1, free: 0 },
    ]);
  });

  it('gives every process another address after a restart of the engine', async () => {
    const clock = manualClock();
    const engine = fakeEngine(clock);
    const runtime = fakeRuntime(engine);
    const target = aReplicaTarget();
    await runtime.apply(target);
    await clock.advance(1);
    const [before] = await runtime.observe(target.service);
    await clock.advance(1_000);
    engine.restart();
    await clock.advance(1);
    const [after] = await runtime.observe(target.service);
    expect(after).toMatchObject({ id: before?.id, health: 'ready' });
    expect(after?.address?.host).not.toBe(before?.address?.host);
    expect(after?.startedAt).not.toBe(before?.startedAt);
  });
});
