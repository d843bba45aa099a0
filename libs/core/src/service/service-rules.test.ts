import { describe, expect, it } from 'vitest';
import { effectiveBuildSettings, effectiveSecretGroups, effectiveSettings } from './effective-settings.ts';
import { emptyFileSettings, toFileSettings } from './file-settings.ts';
import { parseGpu } from './parse-gpu.ts';
import { parseCpuMilli, parseDurationMs, parseSizeMiB } from './parse-units.ts';
import { defaultBuildSettings, defaultServiceSettings } from './service-settings.ts';

describe('effectiveSettings', () => {
  it('is the defaults when nobody says anything', () => {
    expect(effectiveSettings(emptyFileSettings, {})).toEqual(defaultServiceSettings);
    expect(effectiveSettings(toFileSettings({}), {})).toEqual(defaultServiceSettings);
    expect(effectiveBuildSettings(emptyFileSettings, {})).toEqual(defaultBuildSettings);
  });

  it('lays people over the file over the defaults, key by key', () => {
    const file = toFileSettings({ settings: { port: 8000, probe: { path: '/healthz', periodMs: 1_000 } } });
    const effective = effectiveSettings(file, { probe: { periodMs: 500 } });
    expect(effective.port).toBe(8000);
    expect(effective.probe).toEqual({ ...defaultServiceSettings.probe, path: '/healthz', periodMs: 500 });
  });

  it('takes an explicit null for a value, and undefined for silence', () => {
    const file = toFileSettings({ settings: { probe: { path: '/healthz' }, port: 1 } });
    const effective = effectiveSettings(file, { probe: { path: null }, port: undefined });
    expect(effective.probe.path).toBeNull();
    expect(effective.port).toBe(1);
  });

  it('never mixes two GPU requests, and replaces lists whole', () => {
    const gpu = { product: 'H100', count: 2, memoryMiB: null };
    const file = toFileSettings({ settings: { resources: { gpu }, command: ['a', 'b'] } });
    const effective = effectiveSettings(file, {
      resources: { gpu: { product: null, count: 1, memoryMiB: 100 } },
      command: ['c'],
    });
    expect(effective.resources.gpu).toEqual({ product: null, count: 1, memoryMiB: 100 });
    expect(effective.command).toEqual(['c']);
    expect(effectiveSettings(file, { resources: { gpu: null } }).resources.gpu).toBeNull();
  });

  it('sets to nothing, over the file, what the API calls none', () => {
    const file = toFileSettings({
      settings: {
        resources: { gpu: { product: 'H100', count: 2, memoryMiB: null }, cpuMilli: 500, memoryMiB: 512 },
        probe: { path: '/healthz' },
        scaling: { concurrency: 4 },
        command: ['serve'],
      },
    });
    const effective = effectiveSettings(file, {
      resources: { gpu: 'none', memoryMiB: 'none' },
      probe: { path: 'none' },
      scaling: { concurrency: 'none' },
      command: 'none',
    });
    expect(effective).toMatchObject({
      resources: { gpu: null, cpuMilli: 500, memoryMiB: null },
      probe: { path: null, periodMs: defaultServiceSettings.probe.periodMs },
      scaling: { concurrency: null },
      command: null,
    });
    const layer = { resources: { gpu: { product: 'none', count: 1, memoryMiB: null } }, command: ['none'] };
    expect(effectiveSettings(file, layer)).toMatchObject(layer);
  });

  it('does not change what it reads', () => {
    const before = structuredClone(defaultServiceSettings);
    effectiveSettings(emptyFileSettings, { probe: { path: '/x' } });
    expect(defaultServiceSettings).toEqual(before);
  });

  it('joins build arguments and secret groups', () => {
    const file = toFileSettings({ build: { args: { A: '1', B: '1' } }, secretGroups: ['b', 'a'] });
    expect(effectiveBuildSettings(file, { args: { B: '2' } }).args).toEqual({ A: '1', B: '2' });
    expect(effectiveSecretGroups(file, ['a', 'c'])).toEqual(['a', 'b', 'c']);
  });
});

describe('units', () => {
  it.each([
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['0s', 0],
    ['2d', 172_800_000],
    ['5', null],
    ['5 m', null],
    ['-5m', null],
    ['1.5m', null],
    ['', null],
    ['m', null],
  ])('duration %s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each([
    ['2Gi', 2_048],
    ['512Mi', 512],
    ['1.5Gi', 1_536],
    ['1Ki', 1],
    ['500M', 477],
    ['1Ti', 1_048_576],
    ['0Gi', null],
    ['512', null],
    ['2GB', null],
    ['', null],
  ])('size %s', (text, size) => {
    expect(parseSizeMiB(text)).toBe(size);
  });

  it.each([
    ['1', 1_000],
    ['0.5', 500],
    ['250m', 250],
    ['0', null],
    ['1.2345', null],
    ['x', null],
  ])('cpu %s', (text, milli) => {
    expect(parseCpuMilli(text)).toBe(milli);
  });
});

describe('parseGpu', () => {
  it.each([
    ['none', null],
    ['L4', { product: 'L4', count: 1, memoryMiB: null }],
    ['H100:2', { product: 'H100', count: 2, memoryMiB: null }],
    ['24GB', { product: null, count: 1, memoryMiB: 22_888 }],
    ['80gb:4', { product: null, count: 4, memoryMiB: 76_293 }],
    ['RTX 4090', { product: 'RTX 4090', count: 1, memoryMiB: null }],
    ['', undefined],
    ['L4:0', undefined],
    ['L4:x', undefined],
    ['0GB', undefined],
  ])('%s', (text, request) => {
    expect(parseGpu(text)).toEqual(request);
  });

  it('takes a list of products that do as well', () => {
    expect(parseGpu(['L4', 'T4'])).toEqual({ product: 'L4', count: 1, memoryMiB: null, alternatives: ['T4'] });
    expect(parseGpu(['L4'])).toEqual({ product: 'L4', count: 1, memoryMiB: null });
    expect(parseGpu(['L4', 'T4:2'])).toBeUndefined();
    expect(parseGpu(['L4', '24GB'])).toBeUndefined();
    expect(parseGpu(['none', 'L4'])).toBeUndefined();
    expect(parseGpu([])).toBeUndefined();
  });

  it('fits cards of the size they are sold by', () => {
    // As nvidia-smi reports them.
    expect(parseGpu('24GB')?.memoryMiB).toBeLessThanOrEqual(23_034);
    expect(parseGpu('16GB')?.memoryMiB).toBeLessThanOrEqual(15_360);
    expect(parseGpu('80GB')?.memoryMiB).toBeLessThanOrEqual(81_559);
  });
});
