import { describe, expect, it } from 'vitest';
import { type PoolSums, toPoolPoints } from './pool-points.ts';

const start = Date.parse('2026-01-01T10:00:00Z');
const sums = (slot: number, changes: Partial<PoolSums> = {}): PoolSums => ({
  at: start + slot * 10_000,
  cpuMilli: 1_000,
  memoryMiB: 4_000,
  diskUsedMiB: 0,
  diskSlots: 0,
  gpusHeld: 0,
  gpuPercent: 0,
  gpus: 0,
  gpuMemoryMiB: 0,
  gpuMemorySlots: 0,
  measured: 1n,
  ...changes,
});

describe('points of a node pool', () => {
  const steps = { since: start, until: start + 40_000, stepMs: 20_000 };

  it('are what was used on average, each figure over the time in which it could be told', () => {
    const withDisk = sums(1, { cpuMilli: 3_000, diskUsedMiB: 500, diskSlots: 1, gpuMemoryMiB: 900, gpuMemorySlots: 1 });
    const [first] = toPoolPoints([sums(0), { ...withDisk, gpusHeld: 2, gpuPercent: 120, gpus: 2 }], steps);
    expect(first).toEqual({
      at: start,
      cpuMilli: 2_000,
      memoryMiB: 4_000,
      diskUsedMiB: 500,
      gpusHeld: 1,
      gpuPercent: 60,
      gpuMemoryMiB: 900,
    });
  });

  it('say nothing of what was not measured', () => {
    const [none, cpuAlone] = toPoolPoints([sums(2)], steps);
    expect(none).toMatchObject({ at: start, cpuMilli: null, memoryMiB: null, diskUsedMiB: null, gpusHeld: null });
    expect(cpuAlone).toMatchObject({ cpuMilli: 1_000, diskUsedMiB: null, gpuPercent: null, gpuMemoryMiB: null });
  });
});
