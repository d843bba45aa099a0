import { describe, expect, it } from 'vitest';
import { settingRows } from '../show/settings-words.ts';
import { type SettingFlags, toBuildPatch, toSettingsPatch } from './setting-flags.ts';

describe('toSettingsPatch', () => {
  it.each([
    [{}, {}],
    [{ gpu: 'H100:2' }, { resources: { gpu: { product: 'H100', count: 2, memoryMiB: null } } }],
    [{ gpu: '24GB' }, { resources: { gpu: { product: null, count: 1, memoryMiB: 22_888 } } }],
    [{ gpu: 'any:4' }, { resources: { gpu: { product: null, count: 4, memoryMiB: null } } }],
    [{ gpu: 'none', memory: 'default' }, { resources: { gpu: 'none', memoryMiB: null } }],
    [{ cpu: '0.25', memory: '1.5Gi' }, { resources: { cpuMilli: 250, memoryMiB: 1536 } }],
    [
      { port: '8000', probe: 'none' },
      { port: 8000, probe: { path: 'none' } },
    ],
    [{ startupTimeout: '1h30m', probePeriod: '500ms' }, { probe: { startupTimeoutMs: 5_400_000, periodMs: 500 } }],
    [{ replicas: '0' }, { scaling: { min: 0, max: 1 } }],
    [{ replicas: '1-4', concurrency: '8' }, { scaling: { min: 1, max: 4, concurrency: 8 } }],
    [{ replicas: '2-' }, { scaling: { min: 2 } }],
    [{ replicas: '-4' }, { scaling: { max: 4 } }],
    [{ replicas: 'default' }, { scaling: { min: null, max: null } }],
    [{ command: '["a","b c"]' }, { command: ['a', 'b c'] }],
    [
      { volume: ['cache:/models:20Gi', 'tmp:/tmp'] },
      {
        volumes: [
          { name: 'cache', path: '/models', sizeMiB: 20_480 },
          { name: 'tmp', path: '/tmp', sizeMiB: null },
        ],
      },
    ],
    [{ volume: ['default'] }, { volumes: null }],
    [
      { sidecar: ['cache=redis:7', '{"name":"tokens","image":"a/b","memoryMiB":256}'] },
      {
        sidecars: [
          { name: 'cache', image: 'redis:7' },
          { name: 'tokens', image: 'a/b', memoryMiB: 256 },
        ],
      },
    ],
    [{ sidecar: ['default'] }, { sidecars: null }],
  ] satisfies [SettingFlags, object][])('reads %j', (flags, patch) => {
    expect(toSettingsPatch(flags)).toEqual(patch);
  });

  it.each([
    { gpu: 'H100:0' },
    { gpu: '' },
    { gpu: 'H100;rm' },
    { cpu: '0' },
    { cpu: '-1' },
    { memory: '2' },
    { memory: '2GiB' },
    { port: 'none' },
    { port: '80.5' },
    { probe: 'healthz' },
    { startupTimeout: '5' },
    { replicas: '-' },
    { replicas: '' },
    { replicas: '1-4-' },
    { command: '"a"' },
    { command: '[1]' },
    { volume: ['cache:models'] },
    { volume: ['cache:/models:lots'] },
    { sidecar: ['cache'] },
    { sidecar: ['["cache"]'] },
    { sidecar: ['{'] },
  ] satisfies SettingFlags[])('does not take %j', (flags) => {
    expect(() => toSettingsPatch(flags)).toThrow(/wants/);
  });
});

describe('toBuildPatch', () => {
  it('reads what was typed, and takes back what is set to default', () => {
    expect(toBuildPatch({})).toEqual({});
    expect(
      toBuildPatch({ dockerfile: 'docker/Dockerfile', watch: ['src/**', '!docs/**'], buildArg: ['A=1', 'B=x=y'] }),
    ).toEqual({
      dockerfile: 'docker/Dockerfile',
      watch: ['src/**', '!docs/**'],
      args: { A: '1', B: 'x=y' },
    });
    expect(toBuildPatch({ context: 'default', buildArg: ['default'], buildSecret: ['default'] })).toEqual({
      context: null,
      args: null,
      secrets: null,
    });
  });
});

describe('settings in words', () => {
  it('are those that can be typed', () => {
    const rows = settingRows({
      port: null,
      probe: { path: null, startupTimeoutMs: 300_000, periodMs: 2_500, timeoutMs: 500, failureThreshold: 3 },
      resources: { cpuMilli: 250, memoryMiB: 2048, gpu: { product: null, count: 2, memoryMiB: 22_888 } },
      scaling: { min: 1, max: 4, concurrency: null, idleMs: 600_000 },
      drainTimeoutMs: 5_400_000,
      watchMs: 0,
      command: ['python3', 'serve.py'],
      volumes: [{ name: 'cache', path: '/models', sizeMiB: 20_480 }],
    });
    expect(Object.fromEntries(rows)).toMatchObject({
      port: 'the image’s EXPOSE',
      probe: 'a connection, within 5m, then every 2.5s',
      gpu: '24GB:2',
      'cpu, memory': '0.25, 2Gi',
      replicas: '1 to 4',
      'drain, watch': '1h30m, 0ms',
      volumes: 'cache at /models (20Gi)',
    });
  });
});
