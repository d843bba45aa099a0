import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildPath,
  environmentPath,
  environmentVariablesPath,
  placeOf,
  projectPagePath,
  projectPath,
  releasePath,
  servicePath,
} from './paths.ts';

describe('paths', () => {
  it('name what their pages show', () => {
    expect(projectPath('vision')).toBe('/p/vision');
    expect(environmentVariablesPath('vision/production')).toBe('/p/vision/production/-/variables');
    expect(projectPagePath('vision', 'settings')).toBe('/p/vision/-/settings');
    expect(servicePath('vision/production/resnet50', 'logs')).toBe('/p/vision/production/resnet50/logs');
    expect(buildPath('a/b/c', 'bld_1')).toBe('/p/a/b/c/builds/bld_1');
    expect(releasePath('a/b/c', 'r2', 'r1')).toBe('/p/a/b/c/releases/r2?compare=r1');
  });

  it('are read back, and pages of environments are no services', () => {
    expect(placeOf('/')).toEqual({ project: null, environment: null, service: null });
    expect(placeOf('/p/vision/production/-/variables')).toEqual({
      project: 'vision',
      environment: 'vision/production',
      service: null,
    });
    expect(placeOf('/p/vision/-/settings')).toEqual({ project: 'vision', environment: null, service: null });
    const slug = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?$/);
    fc.assert(
      fc.property(slug, slug, slug, (project, environment, service) => {
        const path = `${project}/${environment}/${service}`;
        expect(placeOf(servicePath(path, 'builds'))).toEqual({
          project,
          environment: `${project}/${environment}`,
          service: path,
        });
        expect(placeOf(environmentPath(`${project}/${environment}`)).service).toBeNull();
      }),
    );
  });

  it('do not fall over what a person typed', () => {
    expect(placeOf('/p/%E0%A4%A/x').project).toBe('%E0%A4%A');
  });
});
