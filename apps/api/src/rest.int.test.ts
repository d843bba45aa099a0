import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

describe('a project from nothing', () => {
  it('takes a project, an environment, a repository, a rule and a service, by ids and by slugs', async () => {
    const project = await world.ask('POST /v1/projects', { body: { slug: 'vision', name: 'Vision' } });
    expect(project).toMatchObject({ status: 201, body: { slug: 'vision', name: 'Vision', version: 1, role: 'admin' } });
    expect(project.headers.get('location')).toBe(`/v1/projects/${project.body.id}`);
    const environment = await world.ask('POST /v1/projects/vision/environments', { body: { slug: 'production' } });
    expect(environment).toMatchObject({
      status: 201,
      body: { path: 'vision/production', cluster: 'local', services: 0 },
    });
    const repository = await world.ask(`POST /v1/projects/${project.body.id}/repositories`, {
      body: { kind: 'builtin', slug: 'models' },
    });
    expect(repository).toMatchObject({
      status: 201,
      body: { pushUrl: `${world.config.publicUrl}/git/vision/models.git`, defaultBranch: 'main' },
    });
    const rule = await world.ask('POST /v1/projects/vision/branch-rules', {
      body: { environment: 'production', branches: ['main'] },
    });
    expect(rule).toMatchObject({
      status: 201,
      body: { branches: ['main'], environment: { slug: 'production' }, repository: null },
    });
    const service = await world.ask('POST /v1/environments/vision%2Fproduction/services', {
      body: { slug: 'resnet50', repository: 'models', settings: { port: 8000, probe: { path: '/healthz' } } },
    });
    expect(service).toMatchObject({
      status: 201,
      body: {
        path: 'vision/production/resnet50',
        state: 'empty',
        live: null,
        waiting: null,
        autoDeploy: true,
        settings: { port: 8000, probe: { path: '/healthz' } },
        effectiveSettings: { port: 8000, probe: { path: '/healthz', failureThreshold: 3 }, scaling: { min: 1 } },
        urls: {
          host: 'http://resnet50-production-vision.localhost:7480/',
          path: 'http://127.0.0.1:7480/vision/production/resnet50/',
        },
      },
    });
    const read = await world.ask('GET /v1/services/vision%2Fproduction%2Fresnet50');
    expect(read.body).toEqual(service.body);
    expect((await world.ask('GET /v1/services')).body.data).toEqual([service.body]);
  });
});
