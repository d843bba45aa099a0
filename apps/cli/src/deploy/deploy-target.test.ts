import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CliFailure } from '../exit-code.ts';
import { planDeployTarget, serviceNamesIn, toSlug } from './deploy-target.ts';

const file = `
# comment
services:
  resnet50:   # the model
    build: { dockerfile: Dockerfile }
    env:
      services: nested
  "worker-2":
    port: 80

environments:
  production: { resnet50: { scaling: { min: 1 } } }
`;

describe('planDeployTarget', () => {
  it('takes names from the directory when nothing else says', () => {
    expect(planDeployTarget({}, undefined, 'My Model_2', null)).toEqual({
      project: 'my-model-2',
      environment: 'production',
      services: ['my-model-2'],
    });
  });

  it('goes where it went before', () => {
    expect(planDeployTarget({}, 'vision/staging/resnet50', 'dir', null)).toEqual({
      project: 'vision',
      environment: 'staging',
      services: ['resnet50'],
    });
  });

  it('takes the services of sconce.yaml, and goes by what is named over all', () => {
    expect(planDeployTarget({}, 'vision/staging/old', 'dir', file).services).toEqual(['resnet50', 'worker-2']);
    expect(planDeployTarget({ service: 'a/b/c' }, 'vision/staging/old', 'dir', file)).toEqual({
      project: 'a',
      environment: 'b',
      services: ['c'],
    });
    expect(planDeployTarget({ service: 'c', project: 'p' }, 'vision/staging/old', 'dir', file)).toEqual({
      project: 'p',
      environment: 'staging',
      services: ['c'],
    });
  });

  it.each([{ service: 'a/b' }, { service: 'a/b/c/d' }, { service: 'A' }, { project: '-x' }, { service: '' }])(
    'refuses %j',
    (names) => {
      expect(() => planDeployTarget(names, undefined, 'dir', null)).toThrow(CliFailure);
    },
  );
});

describe('toSlug', () => {
  it('makes a legal name of anything', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(toSlug(text)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
      }),
    ));
});

describe('serviceNamesIn', () => {
  it('finds the keys right under services and no others', () => {
    expect(serviceNamesIn(file)).toEqual(['resnet50', 'worker-2']);
    expect(serviceNamesIn('services:\n    only: {}\n')).toEqual(['only']);
  });

  it.each(['', 'env: {}', 'services: {}', '  services:\n    a: {}', 'services:\n'])('finds none in %j', (text) =>
    expect(serviceNamesIn(text)).toEqual([]),
  );
});
