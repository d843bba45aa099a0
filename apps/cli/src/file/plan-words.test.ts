import type { FilePlan } from '@sconce/contract';
import { describe, expect, it } from 'vitest';
import { makeColours } from '../terminal/colours.ts';
import { changesSomething, hiddenSettings, planLines, takeBackPatch } from './plan-words.ts';

const none = { attached: [], detached: [], missing: [] };
const plan: FilePlan = {
  project: { id: 'prj_1', slug: 'vision' },
  environment: { id: 'env_1', slug: 'production' },
  services: [
    {
      slug: 'web',
      service: { id: 'svc_1', path: 'vision/production/web' },
      action: 'change',
      message: null,
      settings: [
        { name: 'port', from: null, to: '8000' },
        {
          name: 'resources.gpu',
          from: '{"count":2,"memoryMiB":null,"product":"L4"}',
          to: '{"count":2,"memoryMiB":null,"product":"L4"}',
          above: null,
        },
        { name: 'build.dockerfile', from: 'Dockerfile', to: 'b/Dockerfile', above: 'c/Dockerfile' },
      ],
      variables: [{ name: 'LOG\x1b[2J', from: 'a\u202eb', to: null }],
      secretGroups: { attached: ['hub'], detached: ['old'], missing: ['hub'] },
    },
    { slug: 'new', service: null, action: 'create', message: null, settings: [], variables: [], secretGroups: none },
    {
      slug: 'gone',
      service: null,
      action: 'refuse',
      message: 'Taken.',
      settings: [],
      variables: [],
      secretGroups: none,
    },
  ],
  unnamed: [{ service: { id: 'svc_2', path: 'vision/production/old' }, message: 'sconce.yaml no longer names old.' }],
};

describe('a plan', () => {
  it('tells what changes, what stays since people set it, and what is not there', () => {
    expect(planLines(plan, makeColours(false))).toEqual([
      '~ web',
      '    port              - -> 8000',
      '    resources.gpu     L4:2                        set over the API to none, which stays in force',
      '    build.dockerfile  Dockerfile -> b/Dockerfile  set over the API to c/Dockerfile, which stays in force',
      '    env LOG           a<U+202E>b -> -',
      '    secrets hub       attached                    there is no such group yet',
      '    secrets old       detached',
      '+ new  is made by the push',
      '✕ gone  Taken.',
      '  sconce.yaml no longer names old.',
    ]);
    expect(changesSomething(plan)).toBe(true);
    expect(changesSomething({ ...plan, services: [] })).toBe(false);
  });

  it('knows what people set over it, as a change that takes it back', () => {
    const [hidden] = hiddenSettings(plan);
    expect(hidden).toEqual({
      service: 'svc_1',
      path: 'vision/production/web',
      names: ['resources.gpu', 'build.dockerfile'],
    });
    expect(takeBackPatch(['resources.gpu', 'resources.memoryMiB', 'port', 'build.dockerfile'])).toEqual({
      settings: { resources: { gpu: null, memoryMiB: null }, port: null },
      build: { dockerfile: null },
    });
  });
});
