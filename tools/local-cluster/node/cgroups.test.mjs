import { expect, it } from 'vitest';
import { cgroupMounts } from './cgroups.mjs';

it('finds every hierarchy, whichever version it has', () => {
  const text = [
    '28 24 0:25 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755',
    '29 28 0:26 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw',
    '30 28 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct',
    '31 24 8:1 / /home/a rw - ext4 /dev/cgroup rw',
  ].join('\n');
  expect(cgroupMounts(text)).toEqual([
    { path: '/sys/fs/cgroup/unified', version: 2 },
    { path: '/sys/fs/cgroup/cpu,cpuacct', version: 1 },
  ]);
});
