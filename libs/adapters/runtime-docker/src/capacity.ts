import { statfs } from 'node:fs/promises';
import type { NodePool, PlacementCheck } from '@sconce/ports';
import type { EngineInfo } from './engine/engine.ts';
import { chooseGpus, groupGpus } from './gpus/choose-gpus.ts';
import type { GpuInventory } from './gpus/gpu-inventory.ts';
import { label } from './names.ts';

const mebibyte = 1024 * 1024;

export async function readCapacity(info: EngineInfo, gpus: GpuInventory): Promise<readonly NodePool[]> {
  const [disk, devices, taken] = await Promise.all([readDisk(info.rootDirectory), gpus.all(), gpus.taken()]);
  return [
    {
      name: info.name,
      nodes: 1,
      cpuMilli: info.cpus * 1000,
      memoryMiB: Math.floor(info.memoryBytes / mebibyte),
      ...disk,
      gpus: groupGpus(devices, taken),
    },
  ];
}

/** Zeros where the engine's directory cannot be seen from here: another machine, or another user's. */
export async function readDisk(directory: string): Promise<{ readonly diskMiB: number; readonly diskFreeMiB: number }> {
  try {
    const { blocks, bavail, bsize } = await statfs(directory);
    return { diskMiB: Math.floor((blocks * bsize) / mebibyte), diskFreeMiB: Math.floor((bavail * bsize) / mebibyte) };
  } catch {
    return { diskMiB: 0, diskFreeMiB: 0 };
  }
}

type PlacementRequest = Parameters<PlacementCheck['check']>[0];

export async function checkPlacement(
  info: EngineInfo,
  gpus: GpuInventory,
  request: PlacementRequest,
): ReturnType<PlacementCheck['check']> {
  const machineMiB = Math.floor(info.memoryBytes / mebibyte);
  if (request.memoryMiB !== null && request.memoryMiB > machineMiB) {
    const message = `${request.memoryMiB} MiB of memory were asked for; this machine has ${machineMiB} MiB. Ask for less, or move the service to a larger machine.`;
    return { reason: 'memory_insufficient', message };
  }
  if (request.gpu === null) return null;
  const isOwn = (labels: Readonly<Record<string, string>>) =>
    request.service !== undefined && labels[label.service] === request.service;
  const [devices, taken] = await Promise.all([gpus.all(), gpus.taken(isOwn)]);
  const choice = chooseGpus(devices, taken, request.gpu, request.replicas);
  return 'reason' in choice ? choice : null;
}
