import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../canonical-json.ts';
import type { RolloutPhase } from '../rollout/rollout-phase.ts';
import { defaultServiceSettings } from '../service/service-settings.ts';
import { compareReleases } from './compare-releases.ts';
import { decideRollback, previousLive } from './previous-live.ts';
import type { FrozenValue, ReleaseSpec } from './release-spec.ts';
import { memoryOfReplica, replicaSpecOf } from './replica-spec.ts';

const spec: ReleaseSpec = {
  image: { digest: 'sha256:aa', repository: null },
  command: null,
  port: 8000,
  probe: defaultServiceSettings.probe,
  resources: defaultServiceSettings.resources,
  scaling: defaultServiceSettings.scaling,
  drainTimeoutMs: 30_000,
  watchMs: 60_000,
  volumes: [],
  variables: [],
  secrets: [],
};

function frozen(name: string, version: number): FrozenValue {
  return { name, version, sealed: `val_${name}${version}` as const, fingerprint: `${version}`.repeat(12) };
}

const sidecar = {
  name: 'cache',
  image: 'redis:7',
  command: null,
  env: {},
  sharesVariables: false,
  cpuMilli: null,
  memoryMiB: 64,
};

describe('compareReleases', () => {
  it('finds nothing between equal ones', () => {
    expect(compareReleases(spec, structuredClone(spec))).toEqual({
      same: true,
      groups: [],
      summary: 'nothing differs',
    });
  });

  it('tells variables by name and version, and never a value', () => {
    const from = { ...spec, variables: [frozen('A', 1), frozen('B', 1)] };
    const to = { ...spec, variables: [frozen('A', 2), frozen('C', 1)] };
    const { groups, summary } = compareReleases(from, to);
    expect(summary).toBe('same image; 3 variables changed');
    expect(groups).toEqual([
      {
        group: 'variables',
        differences: [
          { name: 'A', change: 'changed', from: 'version 1 (111111111111)', to: 'version 2 (222222222222)' },
          { name: 'B', change: 'removed', from: 'version 1 (111111111111)', to: null },
          { name: 'C', change: 'added', from: null, to: 'version 1 (111111111111)' },
        ],
      },
    ]);
  });

  it.each([
    ['another image', { image: { digest: 'sha256:bb', repository: null } }],
    ['same image; command changed', { command: ['serve'] }],
    ['same image; 1 secret added', { secrets: [frozen('KEY', 1)] }],
    ['same image; port changed', { port: 9000 }],
    ['same image; probe changed', { probe: { ...spec.probe, path: '/healthz' } }],
    [
      'same image; resources changed',
      { resources: { ...spec.resources, gpu: { product: 'L4', count: 1, memoryMiB: null } } },
    ],
    ['same image; 1 sidecar added', { sidecars: [sidecar] }],
    ['same image; 1 volume added', { volumes: [{ name: 'cache', path: '/models', sizeMiB: null }] }],
    ['same image; scaling changed', { scaling: { ...spec.scaling, max: 3 } }],
    ['same image; timing changed', { watchMs: 1 }],
  ])('says %s', (summary, over) => {
    expect(compareReleases(spec, { ...spec, ...over })).toMatchObject({ same: false, summary });
  });
});

describe('replicaSpecOf', () => {
  const same = (over: Partial<ReleaseSpec>) =>
    canonicalJson(replicaSpecOf({ ...spec, ...over })) === canonicalJson(replicaSpecOf(spec));

  it.each<[string, Partial<ReleaseSpec>]>([
    ['how long it is watched', { watchMs: 1 }],
    ['how long a request may take', { drainTimeoutMs: 1 }],
    ['how it scales', { scaling: { min: 1, max: 9, concurrency: 2, idleMs: 1 } }],
    ['none kept while idle, which starts with one', { scaling: { ...spec.scaling, min: 0 } }],
  ])('does not depend on %s', (_, over) => {
    expect(same(over)).toBe(true);
  });

  it.each<[string, Partial<ReleaseSpec>]>([
    ['the image', { image: { digest: 'sha256:bb', repository: null } }],
    ['the command', { command: ['serve'] }],
    ['the port', { port: 1 }],
    ['the probe', { probe: { ...spec.probe, path: '/x' } }],
    ['resources', { resources: { ...spec.resources, cpuMilli: 1 } }],
    ['volumes', { volumes: [{ name: 'a', path: '/a', sizeMiB: null }] }],
    ['sidecars', { sidecars: [sidecar] }],
    ['variables', { variables: [frozen('A', 1)] }],
    ['secrets', { secrets: [frozen('A', 1)] }],
    ['how many stand', { scaling: { ...spec.scaling, min: 2 } }],
  ])('depends on %s', (_, over) => {
    expect(same(over)).toBe(false);
  });
});

describe('memoryOfReplica', () => {
  it('counts sidecars, and is nothing where nothing is limited', () => {
    const resources = { ...spec.resources, memoryMiB: 1_024 };
    const boundless = { ...sidecar, memoryMiB: null };
    expect(memoryOfReplica(spec)).toBeNull();
    expect(memoryOfReplica({ ...spec, sidecars: [boundless] })).toBeNull();
    expect(memoryOfReplica({ ...spec, resources, sidecars: [sidecar, boundless, sidecar] })).toBe(1_152);
  });
});

describe('previousLive', () => {
  const forward = (release: string) => ({ release: `rel_${release}`, cause: 'push' }) as const;
  const back = (release: string) => ({ release: `rel_${release}`, cause: 'rollback' }) as const;

  it.each([
    ['nothing', [], null],
    ['one', [forward('a')], null],
    ['two', [forward('a'), forward('b')], 'rel_a'],
    ['a second rollback, which goes further back', [forward('a'), forward('b'), forward('c'), back('b')], 'rel_a'],
    ['a push after a rollback', [forward('a'), forward('b'), back('a'), forward('c')], 'rel_a'],
    [
      'a release that was taken back',
      [forward('a'), forward('b'), { release: 'rel_a', cause: 'restore' } as const],
      null,
    ],
    ['the same release again', [forward('a'), forward('b'), forward('b')], 'rel_a'],
    ['a rollback to what was not left off the pile', [forward('a'), forward('b'), back('a'), back('b')], 'rel_a'],
  ] as const)('after %s', (_, moments, expected) => {
    expect(previousLive(moments)).toBe(expected);
  });
});

describe('decideRollback', () => {
  const live = [
    { release: 'rel_a', cause: 'push' },
    { release: 'rel_b', cause: 'push' },
    { release: 'rel_c', cause: 'push' },
  ] as const;
  const rollout = (release: string, cause: string, phase: RolloutPhase, pausedFrom: RolloutPhase | null = null) =>
    ({ release: `rel_${release}`, cause, phase, pausedFrom }) as const;

  it.each([
    ['nothing', null, 'rel_b'],
    ['a newer one that starts', rollout('d', 'push', 'preparing'), 'rel_c'],
    ['a newer one that answers already', rollout('d', 'push', 'shifting'), 'rel_c'],
    ['a newer one that is paused', rollout('d', 'push', 'paused', 'shifting'), 'rel_c'],
    ['a newer one that is being given up', rollout('d', 'push', 'aborting'), 'rel_c'],
    ['a rollback that only starts, which is not a second step', rollout('b', 'rollback', 'preparing'), 'rel_b'],
    ['a rollback that answers already, which is', rollout('b', 'rollback', 'shifting'), 'rel_a'],
    ['a rollback paused while it answers', rollout('b', 'rollback', 'paused', 'shifting'), 'rel_a'],
    ['a rollback that is being given up', rollout('b', 'rollback', 'aborting'), 'rel_b'],
    ['a bad one being taken back, which still answers', rollout('b', 'restore', 'preparing'), 'rel_b'],
  ] as const)('with %s under way', (_, active, expected) => {
    expect(decideRollback(live, active)).toBe(expected);
  });

  it('has nowhere to go from the first release', () => {
    expect(decideRollback([], rollout('a', 'push', 'preparing'))).toBeNull();
    expect(decideRollback([], null)).toBeNull();
  });
});
