import type { Clock } from '@sconce/ports';
import type { Engine } from '../engine/engine.ts';
import type { RunCommand } from '../isolation/firewall.ts';
import { label } from '../names.ts';
import { type GpuDevice, gpuQuery, parseNvidiaSmi } from './parse-nvidia-smi.ts';

/** The GPUs of this machine, and which of them containers hold. */
export interface GpuInventory {
  all(): Promise<readonly GpuDevice[]>;
  /** Devices that some container on the engine was given, of whatever installation; those of `except` left out. */
  taken(isExcepted?: (labels: Readonly<Record<string, string>>) => boolean): Promise<ReadonlySet<string>>;
}

/** GPUs hardly ever come or go while the machine runs, and asking the driver takes up to a second. */
const keptMs = 60_000;
const timeoutMs = 15_000;

export function createGpuInventory(engine: Engine, run: RunCommand, clock: Clock, isRemote: boolean): GpuInventory {
  let known: { readonly at: number; readonly devices: Promise<readonly GpuDevice[]> } | null = null;
  return {
    all() {
      // Another machine's engine: what this one has says nothing about it.
      if (isRemote) return Promise.resolve([]);
      const now = clock.now();
      if (known === null || now - known.at > keptMs || now < known.at) known = { at: now, devices: discover(run) };
      return known.devices;
    },
    async taken(isExcepted = () => false) {
      const containers = await engine.listContainers([label.gpus]);
      const holding = containers.filter(({ Labels }) => !isExcepted(Labels));
      return new Set(holding.flatMap(({ Labels }) => (Labels[label.gpus] ?? '').split(',')).filter((id) => id !== ''));
    },
  };
}

/** No driver, no GPU: a command that is missing or fails is an answer here. */
async function discover(run: RunCommand): Promise<readonly GpuDevice[]> {
  const ask = async (args: readonly string[]) => {
    try {
      return (await run('nvidia-smi', args, { env: {}, timeoutMs })).stdout.toString();
    } catch {
      return '';
    }
  };
  const csv = await ask(gpuQuery);
  return csv === '' ? [] : parseNvidiaSmi(csv, await ask(['-L']));
}
