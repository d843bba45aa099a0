import type { Service } from '@sconce/contract';
import { expect, it } from 'vitest';
import { settingFields } from './setting-fields.ts';
import { factsOf, toBody } from './setting-layers.ts';

const service = {
  effectiveSettings: { port: 8_000, resources: { cpuMilli: 500, memoryMiB: null, gpu: null }, probe: { path: null } },
  settings: { resources: { cpuMilli: 500, gpu: 'none' } },
  fileSettings: { port: 8_000, resources: { cpuMilli: 1_000, gpu: { product: 'L4', count: 1, memoryMiB: null } } },
  effectiveBuildSettings: { dockerfile: 'gpu.Dockerfile', context: '.', watch: ['**'], args: {}, secrets: [] },
  buildSettings: {},
  fileBuildSettings: { dockerfile: 'gpu.Dockerfile' },
} as unknown as Service;

const facts = (key: string) => {
  const field = settingFields.find((one) => one.key === key);
  if (!field) throw new Error(`no field ${key}`);
  return factsOf(service, field);
};

it('tells apart what is set here, what sconce.yaml says, and what nobody said', () => {
  expect(facts('settings.resources.cpuMilli')).toEqual({ text: '0.5', layer: 'here', below: 'as sconce.yaml says: 1' });
  expect(facts('settings.port')).toMatchObject({ text: '8000', layer: 'file' });
  expect(facts('settings.resources.memoryMiB')).toEqual({ text: '', layer: 'default', below: 'the default' });
  expect(facts('settings.resources.gpu')).toMatchObject({ text: 'none', layer: 'here' });
  expect(facts('build.dockerfile')).toMatchObject({ text: 'gpu.Dockerfile', layer: 'file' });
});

it('puts each value at its place', () =>
  expect(
    toBody([
      ['settings.resources.gpu', 'none'],
      ['settings.resources.cpuMilli', null],
      ['build.context', 'app'],
      ['repository', null],
    ]),
  ).toEqual({
    settings: { resources: { gpu: 'none', cpuMilli: null } },
    build: { context: 'app' },
    repository: null,
  }));

it('has each setting once', () => expect(new Set(settingFields.map(({ key }) => key)).size).toBe(settingFields.length));
