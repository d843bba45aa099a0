import { describe, expect, it } from 'vitest';
import { makeSeccompProfile } from './seccomp-profile.ts';

interface Profile {
  readonly defaultAction: string;
  readonly architectures: readonly string[];
  readonly syscalls: readonly { readonly names: readonly string[]; readonly action: string; readonly args?: unknown }[];
}

const profile = JSON.parse(makeSeccompProfile('x86_64') ?? 'null') as Profile;
const open = new Set(
  profile.syscalls.filter(({ args, action }) => !args && action === 'SCMP_ACT_ALLOW').flatMap(({ names }) => names),
);

describe('makeSeccompProfile', () => {
  it('refuses what it does not name, on the one kind of machine that it is for', () => {
    expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
    expect(profile.architectures).toEqual(['SCMP_ARCH_X86_64']);
    expect(JSON.parse(makeSeccompProfile('aarch64') ?? '')).toMatchObject({ architectures: ['SCMP_ARCH_AARCH64'] });
    expect(makeSeccompProfile('riscv64')).toBeNull();
  });

  it.each([
    'mount',
    'umount2',
    'unshare',
    'setns',
    'pivot_root',
    'bpf',
    'kexec_load',
    'init_module',
    'finit_module',
    'keyctl',
    'add_key',
    'reboot',
    'perf_event_open',
    'io_uring_setup',
    'userfaultfd',
    'open_by_handle_at',
    'clock_settime',
    'swapon',
    'syslog',
    'clone',
    'socket',
  ])('does not open %s', (name) => {
    expect(open.has(name)).toBe(false);
  });

  it('opens what a server of a model needs, each name once', () => {
    for (const name of [
      'read',
      'mmap',
      'futex',
      'epoll_wait',
      'execve',
      'openat',
      'memfd_create',
      'shmget',
      'sched_setaffinity',
      'rseq',
      'prctl',
    ])
      expect([name, open.has(name)]).toEqual([name, true]);
    const names = profile.syscalls[0]?.names ?? [];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z_][a-z0-9_]+$/);
  });
});
