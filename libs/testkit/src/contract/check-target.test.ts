import { checkTarget, type ReplicaTarget } from '@sconce/ports';
import { describe, expect, it } from 'vitest';
import { aReplicaTarget, aServiceRef, aSidecar } from './a-replica-target.ts';

const probe = aReplicaTarget().probe;
const volume = (path: string, name = 'data') => ({ volumes: [{ name, path, sizeMiB: null }] });
const resources = (change: object) => ({ resources: { cpuMilli: null, memoryMiB: null, gpu: null, ...change } });

describe('checkTarget', () => {
  it.each<[string, Partial<ReplicaTarget>]>([
    ['the plain one', {}],
    ['newlines and quotes in values', { environmentVariables: { A: 'x\n"y\'$(z)', 'b.c-d': '' } }],
    ['a probe with a query', { probe: { ...probe, path: '/healthz?deep=1&x=%20' } }],
    ['a volume deep down', volume('/srv/models/cache')],
    ['no replicas', { replicas: 0 }],
    ['a sidecar', { sidecars: [aSidecar({ image: 'redis:7', command: ['a'], env: { A: '1' }, memoryMiB: 6 })] }],
  ])('takes %s', (_, change) => {
    expect(() => checkTarget(aReplicaTarget(change))).not.toThrow();
  });

  it.each<[string, Partial<ReplicaTarget>, RegExp]>([
    ['a NUL in a value, naming the variable', { environmentVariables: { TOKEN: 'geheim\0' } }, /"TOKEN" holds a NUL/],
    [
      'a value too long for Linux',
      { environmentVariables: { BIG: 'x'.repeat(131_072) } },
      /"BIG" is longer than 128 KiB/,
    ],
    [
      'too much in all',
      { environmentVariables: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`V${i}`, 'x'.repeat(70_000)])) },
      /1\.9 MB/,
    ],
    ['a NUL in the command', { command: ['sh', 'a\0b'] }, /command holds a NUL/],
    ['an empty command', { command: [] }, /command is empty/],
    ['a probe that is no path', { probe: { ...probe, path: 'healthz' } }, /begin with \//],
    ['a probe that writes a header', { probe: { ...probe, path: '/ HTTP/1.1\r\nHost: x' } }, /blanks or control/],
    ['port 0', { port: 0 }, /port is 0/],
    ['port 65536', { port: 65_536 }, /port is 65536/],
    ['half a replica', { replicas: 1.5 }, /replicas is 1.5/],
    ['a million replicas', { replicas: 1_000_000 }, /replicas is 1000000/],
    ['a negative generation', { generation: -1 }, /generation is -1/],
    ['too little memory', resources({ memoryMiB: 5 }), /memoryMiB is 5/],
    ['no processor', resources({ cpuMilli: 0 }), /cpuMilli is 0/],
    ['a volume at the root', volume('/'), /absolute and plain/],
    ['a volume above', volume('/data/../../etc'), /absolute and plain/],
    ['a volume over /proc', volume('/proc/sys'), /No volume can be mounted/],
    ['a volume with a host path for a name', volume('/data', '/etc'), /cannot be the name/],
    ['two volumes at one place', { volumes: [...volume('/a').volumes, ...volume('/a', 'b').volumes] }, /Two volumes/],
    ['two sidecars of one name', { sidecars: [aSidecar(), aSidecar()] }, /Two sidecars have the name "cache"/],
    ['a sidecar named as the service itself', { sidecars: [aSidecar({ name: 'main' })] }, /name of a sidecar/],
    ['a sidecar of no image', { sidecars: [aSidecar({ image: '--privileged' })] }, /no image that could be pulled/],
    ['a sidecar with too little memory', { sidecars: [aSidecar({ memoryMiB: 5 })] }, /memoryMiB of the sidecar cache/],
    ['a sidecar with an empty command', { sidecars: [aSidecar({ command: [] })] }, /command is empty/],
    ['a tag instead of a digest', { image: { digest: 'app:latest', repository: null } }, /no image digest/],
    [
      'a repository with blanks',
      { image: { digest: `sha256:${'0'.repeat(64)}`, repository: 'a b' } },
      /no image repository/,
    ],
    ['a slug that is none', { service: aServiceRef({ serviceSlug: 'A b' }) }, /cannot be part/],
  ])('refuses %s', (_, change, message) => {
    const check = () => checkTarget(aReplicaTarget(change));
    expect(check).toThrow(message);
    expect(check).not.toThrow(/geheim/);
  });

  it('shows no more than a hundred characters of what it refuses', () => {
    expect(() => checkTarget(aReplicaTarget(volume(`x${'y'.repeat(10_000)}`)))).toThrow(/^.{0,250}$/);
  });
});
