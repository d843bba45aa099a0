import type { ServiceId } from '@sconce/core';
import { type ObservedReplica, RuntimeUnavailable } from '@sconce/ports';
import { aReplicaTarget, nextRelease, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerUnderTest, makeDockerUnderTest } from './testing/docker-under-test.ts';
import { type OwnEngine, startOwnEngine } from './testing/own-engine.ts';

let engine: OwnEngine;
let subject: DockerUnderTest;

beforeAll(async () => {
  engine = await startOwnEngine();
  subject = await makeDockerUnderTest(engine.socketPath);
});
afterAll(async () => {
  await subject?.close();
  await engine?.close();
});

describe('a restart of Docker Engine', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s brings replicas back, without anything doubled or forgotten',
    async (signal) => {
      const target = subject.behave(aReplicaTarget({ replicas: 2, stopTimeoutMs: 1_000 }), {
        kind: 'serves',
        afterMs: 300,
      });
      const { runtime } = subject;
      const hints: ServiceId[] = [];
      const abort = new AbortController();
      const watching = runtime.watch((service) => hints.push(service), abort.signal);
      await runtime.apply(target);
      const before = await untilReady(2);

      await engine.stop(signal);
      await expect(runtime.observe(target.service)).rejects.toBeInstanceOf(RuntimeUnavailable);
      await expect(runtime.apply(target)).rejects.toBeInstanceOf(RuntimeUnavailable);
      const hintsBefore = hints.length;
      await engine.start();
      await waitUntil('a hint, though nothing was asked', () =>
        hints.slice(hintsBefore).includes(target.service.service),
      );

      const after = await untilReady(2);
      expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      for (const [index, replica] of after.entries()) {
        expect(Date.parse(replica.startedAt ?? '')).toBeGreaterThan(Date.parse(before[index]?.startedAt ?? ''));
        expect((await fetch(`http://${replica.address?.host}:8000/`)).status).toBe(200);
      }
      await runtime.apply(target);
      expect(await runtime.observe(target.service)).toHaveLength(2);
      const next = nextRelease(target);
      await runtime.apply(next);
      await runtime.retire({ service: target.service, release: target.release });
      await untilReady(2);
      await runtime.removeEnvironment(target.service.environment, true);
      expect(await runtime.environments()).toEqual([]);
      abort.abort();
      await watching;

      function untilReady(count: number): Promise<readonly ObservedReplica[]> {
        return waitUntil(
          `${count} ready replicas`,
          async () => {
            // Sandboxes end with the engine and are started by the next apply, which a hint brings about.
            await runtime.apply(target);
            const replicas = await runtime.observe(target.service);
            return replicas.filter(({ health }) => health === 'ready').length === count && replicas;
          },
          180_000,
        );
      }
    },
  );
});

describe('the address pools of the engine', () => {
  it('are left to others: an engine that has used them up would not start again', async () => {
    const targets = Array.from({ length: 3 }, () => subject.behave(aReplicaTarget(), { kind: 'serves' }));
    for (const target of targets) {
      const { address } = await waitUntil('it to be ready', async () => {
        // Sandboxes that stood ready ended with the engine; who reconciles applies again, too.
        await subject.runtime.apply(target);
        const [replica] = await subject.runtime.observe(target.service);
        return replica?.health === 'ready' && replica;
      });
      expect(address?.host).toMatch(/^10\.(20\d|21[0-5])\./);
    }
    const inspected = await subject.docker.listNetworks({ filters: { label: ['sconce.kind=network'] } });
    const subnets = inspected.map(({ IPAM }) => IPAM?.Config?.[0]?.Subnet ?? '');
    expect(subnets.length).toBeGreaterThanOrEqual(3);
    expect(subnets.filter((subnet) => subnet.startsWith('10.222.'))).toEqual([]);
    for (const { service } of targets) await subject.runtime.removeEnvironment(service.environment, true);
  });
});
