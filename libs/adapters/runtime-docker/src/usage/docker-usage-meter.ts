import { readFile } from 'node:fs/promises';
import type { Clock, GpuUsage, PoolUsage, ReplicaUsage, UsageMeter } from '@sconce/ports';
import { RuntimeUnavailable } from '@sconce/ports';
import { readDisk } from '../capacity.ts';
import type { ReplicaTracker, RunningReplica } from '../containers/replica-tracker.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { isNotFound } from '../engine/engine-errors.ts';
import type { GpuInventory } from '../gpus/gpu-inventory.ts';
import type { RunCommand } from '../isolation/firewall.ts';
import { type CgroupFiles, type CgroupUsage, findCgroup, readCgroupUsage } from './cgroup-usage.ts';
import { readGpuUsage } from './gpu-usage.ts';
import { readMachineUsage } from './machine-usage.ts';

/** A first look at all containers takes as long as inspecting each. */
const firstLookMs = 5_000;

export interface DockerUsageParts {
  readonly engine: Engine;
  readonly gpus: GpuInventory;
  readonly run: RunCommand;
  readonly isRemote: boolean;
  info(): Promise<EngineInfo>;
  readonly clock: Clock;
  readonly tracker: Pick<ReplicaTracker, 'start' | 'looked' | 'running'>;
}

/**
 * Reads the kernel's own counters, three small files a replica: the engine is asked only for containers whose files are not to be seen from here. GPUs are
 * asked for where there are any.
 */
export function createDockerUsageMeter(parts: DockerUsageParts): UsageMeter {
  const places = new Map<string, { readonly pid: number; readonly files: CgroupFiles | null }>();

  async function placeOf({ id, pid }: RunningReplica): Promise<CgroupFiles | null> {
    const known = places.get(id);
    if (known?.pid === pid) return known.files;
    const text = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    const files = parts.isRemote ? null : findCgroup(text, id);
    places.set(id, { pid, files });
    return files;
  }

  async function usageOf(replica: RunningReplica): Promise<CgroupUsage | null> {
    const files = await placeOf(replica);
    const read = files === null ? null : await readCgroupUsage(files);
    if (read !== null) return read;
    places.delete(replica.id);
    try {
      return await parts.engine.containerUsage(replica.id);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  return {
    async usage() {
      await parts.tracker.start();
      await withinReach(parts.tracker.looked(), parts.clock);
      const running = parts.tracker.running();
      for (const id of places.keys()) if (!running.some((replica) => replica.id === id)) places.delete(id);
      const hasGpus = (await parts.gpus.all()).length > 0;
      const gpus = hasGpus ? await readGpuUsage(parts.run) : new Map<string, GpuUsage>();
      const replicas = await Promise.all(
        running.map(async (replica): Promise<readonly ReplicaUsage[]> => {
          const used = await usageOf(replica);
          const { id, service, release } = replica;
          const held = replica.gpus.map((gpu) => gpus.get(gpu) ?? { id: gpu, percent: null, memoryMiB: null });
          return used === null ? [] : [{ id, service, release, ...used, gpus: held }];
        }),
      );
      return { replicas: replicas.flat(), pools: await poolUsage(parts, hasGpus, [...gpus.values()]) };
    },
  };
}

/** While the engine is away there is no first look; whoever asks then is told so. */
async function withinReach(looked: Promise<void>, clock: Clock): Promise<void> {
  const waiting = new AbortController();
  const late = clock.sleep(firstLookMs, waiting.signal).then(
    () => true,
    () => false,
  );
  const isLate = await Promise.race([looked.then(() => false), late]);
  waiting.abort();
  if (isLate) throw new RuntimeUnavailable('the container engine was not looked at yet');
}

async function poolUsage(
  parts: DockerUsageParts,
  hasGpus: boolean,
  gpus: readonly GpuUsage[],
): Promise<readonly PoolUsage[]> {
  // What this machine does says nothing about another one's.
  const machine = parts.isRemote ? null : await readMachineUsage();
  if (machine === null) return [];
  const { name, rootDirectory } = await parts.info();
  const { diskMiB, diskFreeMiB } = await readDisk(rootDirectory);
  const diskUsedMiB = diskMiB === 0 ? null : diskMiB - diskFreeMiB;
  return [{ pool: name, ...machine, diskUsedMiB, gpusHeld: hasGpus ? (await parts.gpus.taken()).size : 0, gpus }];
}
