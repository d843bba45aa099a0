import { describe, expect, it } from 'vitest';
import { findCgroup, workingSetMiB } from './cgroup-usage.ts';
import { parseGpuUsage } from './gpu-usage.ts';
import { parseMachineUsage } from './machine-usage.ts';

const id = '8ac9e23a382e4bbf6fc661a347bd9aee3fdade2b4ec4274dc7cb90c9734431f9';

describe('findCgroup', () => {
  it('finds both controllers of version 1, also beside a unified one', () => {
    const text = `4:memory:/docker/${id}\n2:cpu,cpuacct:/docker/${id}\n0::/docker/${id}\n`;
    expect(findCgroup(text, id)).toEqual({
      version: 1,
      cpu: `/sys/fs/cgroup/cpuacct/docker/${id}`,
      memory: `/sys/fs/cgroup/memory/docker/${id}`,
    });
  });

  it('finds the scope of version 2 under systemd', () => {
    const path = `/sys/fs/cgroup/system.slice/docker-${id}.scope`;
    expect(findCgroup(`0::/system.slice/docker-${id}.scope\n`, id)).toEqual({ version: 2, cpu: path, memory: path });
  });

  it.each([
    ['another process', '0::/user.slice/user-0.slice/session-1.scope\n'],
    ['the root of a namespace', '0::/\n'],
    ['one that climbs', `0::/../docker/${id}\n`],
    ['nothing', ''],
  ])('takes nothing from %s', (_, text) => {
    expect(findCgroup(text, id)).toBeNull();
  });
});

it('leaves out of memory what the kernel only keeps', () => {
  expect(workingSetMiB(5 * 1024 * 1024, 2 * 1024 * 1024)).toBe(3);
  expect(workingSetMiB(1, 2)).toBe(0);
});

describe('parseMachineUsage', () => {
  it('takes the time that was worked, and the memory that is not to be had', () => {
    const stat = 'cpu  100 20 30 9999 5 1 2 3 50 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
    const memory = 'MemTotal:        8192000 kB\nMemFree:         1000000 kB\nMemAvailable:    4096000 kB\n';
    expect(parseMachineUsage(stat, memory)).toEqual({ cpuMs: 1_560, memoryMiB: 4_000 });
  });

  it('says nothing where the kernel does not', () => {
    expect(parseMachineUsage('', '')).toBeNull();
  });
});

it('reads what the driver tells of each GPU, and null for what it does not', () => {
  // As nvidia-smi of driver 580 prints it on an H100, and on one that is cut into slices.
  const text = `GPU-06e16885-e3a0-c09e-3442-360a00ff52e8, 100, 1011
GPU-06e16885-e3a0-c09e-3442-360a00ff52e9, [N/A], 87
No devices were found
`;
  expect([...parseGpuUsage(text).values()]).toEqual([
    { id: 'GPU-06e16885-e3a0-c09e-3442-360a00ff52e8', percent: 100, memoryMiB: 1_011 },
    { id: 'GPU-06e16885-e3a0-c09e-3442-360a00ff52e9', percent: null, memoryMiB: 87 },
  ]);
});
