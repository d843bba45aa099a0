import { newId } from '@sconce/foundation';
import { describe, expect, it } from 'vitest';
import {
  bridgeName,
  label,
  namesNetworkName,
  networkName,
  otherContainerName,
  parseReplicaLabels,
  replicaName,
  slotSuffix,
  volumeName,
} from './names.ts';

const environment = newId('env');

describe('names', () => {
  it('give every slot of a release a suffix of its own, the same each time', () => {
    const release = newId('rel');
    const suffixes = Array.from({ length: 300 }, (_, slot) => slotSuffix(release, slot));
    expect(new Set(suffixes).size).toBe(300);
    for (const suffix of suffixes) expect(suffix).toMatch(/^[0-9a-hjkmnp-tv-z]{3}$/);
    expect(slotSuffix(release, 299)).toBe(suffixes[299]);
    expect(replicaName(12, release, 0)).toBe(`r12-${suffixes[0]}`);
  });

  it('fit where they are used', () => {
    const networks = [networkName(environment), namesNetworkName(environment)];
    const bridges = networks.flatMap((network) => [bridgeName('home', network), bridgeName('other', network)]);
    expect(new Set(bridges).size).toBe(4);
    for (const bridge of bridges) expect(bridge).toMatch(/^scn[0-9a-f]{12}$/);
    expect(networkName(environment)).toBe(`sconce-${environment.slice(4)}`);
    expect(volumeName(environment, 'models')).toBe(`sconce-${environment.slice(4)}-models`);
    expect(otherContainerName('x', 'home', newId('rel'))).toMatch(/^x-[0-9a-f]{8}$/);
  });
});

describe('parseReplicaLabels', () => {
  const labels = {
    [label.home]: 'home',
    [label.kind]: 'replica',
    [label.service]: newId('svc'),
    [label.environment]: environment,
    [label.release]: newId('rel'),
    [label.generation]: '7',
    [label.slot]: '2',
    [label.port]: '8000',
    [label.name]: 'r1-abc',
    [label.probe]: '{}',
    [label.gpus]: 'GPU-1,GPU-2',
  };

  it('reads back what was written', () => {
    expect(parseReplicaLabels(labels, 'home')).toMatchObject({
      generation: 7,
      slot: 2,
      port: 8000,
      name: 'r1-abc',
      gpus: ['GPU-1', 'GPU-2'],
    });
    expect(parseReplicaLabels({ ...labels, [label.gpus]: '' }, 'home')?.gpus).toEqual([]);
  });

  it.each([
    ['another home', { [label.home]: 'other' }],
    ['an image that only says it is one', { [label.kind]: 'network' }],
    ['a service that is none', { [label.service]: 'svc_1' }],
    ['an environment that is none', { [label.environment]: '../..' }],
    ['a release that is none', { [label.release]: '' }],
  ])('takes nothing from %s', (_, change) => {
    expect(parseReplicaLabels({ ...labels, ...change }, 'home')).toBeNull();
  });

  it('takes odd numbers for zero', () => {
    expect(
      parseReplicaLabels({ ...labels, [label.generation]: '-1', [label.slot]: 'NaN', [label.port]: '1e400' }, 'home'),
    ).toMatchObject({ generation: 0, slot: 0, port: 0 });
  });
});
