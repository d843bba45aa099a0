import { aReplicaTarget } from '@sconce/testkit';
import { describe, expect, it } from 'vitest';
import { volumeName } from '../names.ts';
import { makeContainer } from './make-container.ts';

const place = { home: 'home', slot: 0, sandbox: 'ab'.repeat(32), gpus: [], hasInit: true, seccomp: null };

describe('makeContainer', () => {
  it('closes the container off', () => {
    const { HostConfig } = makeContainer(aReplicaTarget(), place);
    expect(HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      Init: true,
      Mounts: [],
      RestartPolicy: { Name: 'unless-stopped' },
    });
    expect(HostConfig).not.toHaveProperty('Binds');
    expect(HostConfig).not.toHaveProperty('PortBindings');
    expect(HostConfig).not.toHaveProperty('DeviceRequests');
    expect(HostConfig?.CapAdd).not.toContain('NET_RAW');
    expect(HostConfig?.CapAdd).not.toContain('SYS_ADMIN');
  });

  it('sets limits where there are some', () => {
    const limited = aReplicaTarget({ resources: { cpuMilli: 1_500, memoryMiB: 2_048, gpu: null } });
    expect(makeContainer(limited, place).HostConfig).toMatchObject({
      Memory: 2_147_483_648,
      MemorySwap: 2_147_483_648,
      ShmSize: 1_073_741_824,
      CpuPeriod: 100_000,
      CpuQuota: 150_000,
    });
    const open = makeContainer(aReplicaTarget(), place).HostConfig;
    expect(open).not.toHaveProperty('Memory');
    expect(open).not.toHaveProperty('CpuQuota');
    const least = aReplicaTarget({ resources: { cpuMilli: 1, memoryMiB: 6, gpu: null } });
    expect(makeContainer(least, place).HostConfig).toMatchObject({ CpuQuota: 1_000, ShmSize: 64 * 1024 * 1024 });
  });

  it('shares the network of its sandbox, and keeps what to find it by', () => {
    const options = makeContainer(aReplicaTarget(), place);
    expect(options.HostConfig?.NetworkMode).toBe(`container:${place.sandbox}`);
    expect(options.Labels).toMatchObject({ 'sconce.sandbox': place.sandbox, 'sconce.alias': 'web' });
    // The engine refuses each of these next to a shared network.
    for (const key of ['Hostname', 'ExposedPorts', 'NetworkingConfig']) expect(options).not.toHaveProperty(key);
  });

  it("keeps the image's command unless there is another", () => {
    expect(makeContainer(aReplicaTarget(), place)).not.toHaveProperty('Cmd');
    expect(makeContainer(aReplicaTarget({ command: ['a', 'b c'] }), place).Cmd).toEqual(['a', 'b c']);
  });

  it('hands over variables, and none of them in a label', () => {
    const target = aReplicaTarget({ environmentVariables: { TOKEN: 'geheim=1\n2', NVIDIA_VISIBLE_DEVICES: 'all' } });
    const options = makeContainer(target, place);
    expect(options.Env).toEqual([
      expect.stringMatching(/^SCONCE_REPLICA=r1-/),
      'TOKEN=geheim=1\n2',
      'NVIDIA_VISIBLE_DEVICES=void',
    ]);
    expect(JSON.stringify(options.Labels)).not.toContain('geheim');
  });

  it('asks for the devices that were chosen, and no others', () => {
    const target = aReplicaTarget({
      resources: { cpuMilli: null, memoryMiB: null, gpu: { product: null, count: 2, memoryMiB: null } },
    });
    const options = makeContainer(target, { ...place, gpus: ['GPU-a', 'GPU-b'] });
    expect(options.HostConfig?.DeviceRequests).toEqual([
      { Driver: 'nvidia', DeviceIDs: ['GPU-a', 'GPU-b'], Capabilities: [['gpu']] },
    ]);
    expect(options.Env).toEqual([expect.stringMatching(/^SCONCE_REPLICA=/)]);
    expect(options.Labels?.['sconce.gpus']).toBe('GPU-a,GPU-b');
  });

  it('mounts named volumes of the environment', () => {
    const target = aReplicaTarget({ volumes: [{ name: 'models', path: '/models', sizeMiB: null }] });
    const { environment } = target.service;
    expect(makeContainer(target, place).HostConfig?.Mounts).toMatchObject([
      {
        Type: 'volume',
        Source: volumeName(environment, 'models'),
        Target: '/models',
        VolumeOptions: { Labels: { 'sconce.home': 'home', 'sconce.environment': environment } },
      },
    ]);
  });

  it('rounds the stop timeout up to the seconds that Docker knows', () => {
    expect(makeContainer(aReplicaTarget({ stopTimeoutMs: 1 }), place).StopTimeout).toBe(1);
    expect(makeContainer(aReplicaTarget({ stopTimeoutMs: 0 }), place).StopTimeout).toBe(0);
    expect(makeContainer(aReplicaTarget({ stopTimeoutMs: 30_000 }), place).StopTimeout).toBe(30);
  });

  it('names the image by digest, with its repository where it has one', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(makeContainer(aReplicaTarget({ image: { digest, repository: null } }), place).Image).toBe(digest);
    expect(makeContainer(aReplicaTarget({ image: { digest, repository: 'registry/app' } }), place).Image).toBe(
      `registry/app@${digest}`,
    );
  });
});
