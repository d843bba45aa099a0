import { describe, expect, it } from 'vitest';
import { compareFileSettings } from './compare-file-settings.ts';
import { emptyFileSettings, type FileSettings } from './file-settings.ts';

const nothing = { settings: {}, build: {} };
const file = (changes: Partial<FileSettings>): FileSettings => ({ ...emptyFileSettings, ...changes });
const gpu = { product: 'H100', count: 2, memoryMiB: null };

describe('compareFileSettings', () => {
  it('tells nothing of a file that changes nothing', () => {
    const same = file({ settings: { port: 8000 }, env: { A: '1' }, secretGroups: ['hub'] });
    expect(compareFileSettings(same, same, nothing)).toEqual({
      settings: [],
      variables: [],
      secretGroups: { attached: [], detached: [] },
    });
  });

  it('compares with the defaults where there was no file', () => {
    const now = file({ settings: { port: 8000, resources: { gpu } }, build: { dockerfile: 'docker/Dockerfile' } });
    expect(compareFileSettings(null, now, nothing).settings).toEqual([
      { name: 'build.dockerfile', from: 'Dockerfile', to: 'docker/Dockerfile' },
      { name: 'port', from: null, to: '8000' },
      { name: 'resources.gpu', from: null, to: '{"count":2,"memoryMiB":null,"product":"H100"}' },
    ]);
  });

  it('tells a setting that leaves the file as going back to its default', () => {
    const before = file({ settings: { probe: { path: '/healthz' } } });
    expect(compareFileSettings(before, emptyFileSettings, nothing).settings).toEqual([
      { name: 'probe.path', from: '/healthz', to: null },
    ]);
  });

  it('tells what people set above it, also where the file itself stays the same', () => {
    const now = file({ settings: { resources: { gpu, memoryMiB: 2048 } } });
    const above = { settings: { resources: { gpu: 'none' as const, memoryMiB: 2048 } }, build: {} };
    expect(compareFileSettings(now, now, above).settings).toEqual([
      { name: 'resources.gpu', from: expect.any(String), to: expect.any(String), above: null },
    ]);
  });

  it('leaves alone what people set and the file does not name', () => {
    const above = { settings: { port: 9000 }, build: {} };
    expect(compareFileSettings(null, emptyFileSettings, above).settings).toEqual([]);
  });

  it('tells values and groups that come and go', () => {
    const before = file({ env: { A: '1', B: '2' }, secretGroups: ['old'] });
    const now = file({ env: { B: '3', C: '4' }, secretGroups: ['hub'] });
    const { variables, secretGroups } = compareFileSettings(before, now, nothing);
    expect(variables).toEqual([
      { name: 'A', from: '1', to: null },
      { name: 'B', from: '2', to: '3' },
      { name: 'C', from: null, to: '4' },
    ]);
    expect(secretGroups).toEqual({ attached: ['hub'], detached: ['old'] });
  });
});
