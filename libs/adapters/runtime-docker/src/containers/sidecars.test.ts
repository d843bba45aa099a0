import { aReplicaTarget, aSidecar } from '@sconce/testkit';
import { describe, expect, it } from 'vitest';
import type { ContainerFacts } from '../engine/engine.ts';
import { makeSidecar } from './make-sidecar.ts';
import { findSidecarTrouble } from './sidecar-trouble.ts';

const place = {
  ...{ home: 'home', slot: 0, sandbox: 'ab'.repeat(32), hasInit: false, seccomp: null },
  replicaContainer: 'sconce-acme-test-web-r1-abc',
};

describe('makeSidecar', () => {
  const target = aReplicaTarget({
    environmentVariables: { TOKEN: 'geheim', LEVEL: 'info', NVIDIA_VISIBLE_DEVICES: 'all' },
    volumes: [{ name: 'models', path: '/models', sizeMiB: null }],
  });

  it('shares the network of its replica, is confined as it, and has no volumes', () => {
    const options = makeSidecar(target, aSidecar({ image: 'redis:7', memoryMiB: 64 }), place);
    expect(options).toMatchObject({ name: 'sconce-acme-test-web-r1-abc-cache', Image: 'redis:7' });
    expect(options.HostConfig).toMatchObject({
      NetworkMode: `container:${place.sandbox}`,
      CapDrop: ['ALL'],
      Privileged: false,
      Memory: 64 * 1024 * 1024,
      MemorySwap: 64 * 1024 * 1024,
    });
    expect(options.HostConfig?.Mounts).toBeUndefined();
    expect(options.Cmd).toBeUndefined();
  });

  it('has the variables of the service only where it shares them, and no GPU even then', () => {
    const plain = makeSidecar(target, aSidecar({ env: { A: '1' } }), place).Env;
    expect(plain).toEqual([expect.stringMatching(/^SCONCE_REPLICA=r1-/), 'A=1', 'NVIDIA_VISIBLE_DEVICES=void']);
    const shared = makeSidecar(target, aSidecar({ env: { LEVEL: 'debug' }, sharesVariables: true }), place);
    expect(shared.Env).toEqual(expect.arrayContaining(['TOKEN=geheim', 'LEVEL=debug', 'NVIDIA_VISIBLE_DEVICES=void']));
    expect(JSON.stringify(shared.Labels)).not.toContain('geheim');
  });
});

describe('findSidecarTrouble', () => {
  const now = Date.parse('2026-01-01T00:01:00Z');
  const facts = (state: object, RestartCount = 0) =>
    ({
      RestartCount,
      State: { Status: 'running', Running: true, StartedAt: '2026-01-01T00:00:10Z', Error: '', ...state },
    }) as unknown as ContainerFacts;
  const find = (cache: ContainerFacts | null) => findSidecarTrouble(['cache'], new Map([['cache', cache]]), now);

  it('finds none where all of them run', () => {
    expect(find(facts({}))).toBeNull();
    expect(find(facts({}, 4))).toBeNull();
    expect(findSidecarTrouble([], new Map(), now)).toBeNull();
  });

  it.each<[string, ContainerFacts | null, object]>([
    ['is not there', null, { reason: 'waiting_for_replicas', message: 'It waits for its sidecar cache.' }],
    [
      'ended',
      facts({ Running: true, Restarting: true, Status: 'restarting', ExitCode: 3 }, 2),
      { reason: 'crash_loop', message: 'Its sidecar cache: It ended with exit code 3. It was started again 2 times.' },
    ],
    [
      'was started again a moment ago',
      facts({ StartedAt: '2026-01-01T00:00:55Z' }, 1),
      { reason: 'crash_loop', message: 'Its sidecar cache ended. It was started again once.' },
    ],
    [
      'was stopped by a person',
      facts({ Running: false, Status: 'exited', ExitCode: 0 }),
      { reason: 'waiting_for_replicas', message: 'Its sidecar cache was stopped and will be started again.' },
    ],
    [
      'ran out of memory',
      facts({ Running: true, Restarting: true, Status: 'restarting', OOMKilled: true }, 1),
      {
        reason: 'out_of_memory',
        message: 'Its sidecar cache ran out of memory and was ended. It was started again once.',
      },
    ],
  ])('says of one that it %s', (_, cache, expected) => {
    expect(find(cache)).toEqual(expected);
  });
});
