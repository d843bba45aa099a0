import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let ours: Tenant;
let theirs: Tenant;
beforeAll(async () => {
  world = await startApiWorld();
  [ours, theirs] = [await makeTenant(world, 'ours'), await makeTenant(world, 'theirs')];
});
afterAll(() => world.stop());

const file = `services:
  resnet50:
    port: 9000
    resources: { gpu: H100:2, memory: 2Gi }
    env: { LOG_LEVEL: debug }
    secrets: [hub, absent]
  embedder: {}
environments:
  production: { resnet50: { resources: { memory: 4Gi } } }
`;

const plan = (body: object, token = ours.tokens.write, environment = 'ours%2Fproduction') =>
  world.ask(`POST /v1/environments/${environment}/file-plans`, { body, token });

describe('a plan of a file', () => {
  it('tells what its push would change, what people set above it, and what it names that is not there', async () => {
    const { status, body } = await plan({ file, repository: 'models' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ project: { slug: 'ours' }, environment: { slug: 'production' }, unnamed: [] });
    const [resnet50, embedder] = body.services;
    expect(resnet50).toMatchObject({
      slug: 'resnet50',
      action: 'change',
      service: { path: 'ours/production/resnet50' },
    });
    expect(resnet50.settings).toEqual([
      { name: 'port', from: null, to: '9000', above: '80' },
      { name: 'resources.gpu', from: null, to: '{"count":2,"memoryMiB":null,"product":"H100"}' },
      { name: 'resources.memoryMiB', from: null, to: '4096' },
    ]);
    expect(resnet50.variables).toEqual([{ name: 'LOG_LEVEL', from: null, to: 'debug' }]);
    expect(resnet50.secretGroups).toEqual({ attached: ['hub', 'absent'], detached: [], missing: ['absent'] });
    expect(embedder).toMatchObject({ slug: 'embedder', action: 'create', service: null });
  });

  it('changes nothing, and says so once there is nothing to change', async () => {
    await plan({ file, repository: ours.ids.repository });
    const services = (await world.ask('GET /v1/environments/ours%2Fproduction/services')).body.data;
    expect(services.map(({ slug }: { slug: string }) => slug)).toEqual(['resnet50']);
    const same = await plan({ file: 'services: { resnet50: {} }', repository: 'models' });
    expect(same.body.services).toMatchObject([{ slug: 'resnet50', action: 'keep', settings: [] }]);
  });

  it('refuses a name that belongs to another repository, as a push would', async () => {
    const { body } = await plan({ file: 'services: { resnet50: {} }' });
    expect(body.services).toMatchObject([{ action: 'refuse', message: expect.stringContaining('Rename one of them') }]);
  });

  it('tells services that a file no longer names', async () => {
    await world.db.pool.query(`UPDATE service SET file_settings = '{"settings":{"port":80}}' WHERE id = $1`, [
      ours.ids.service,
    ]);
    const { body } = await plan({ file: 'services: { other: {} }', repository: 'models' });
    expect(body.unnamed).toMatchObject([{ service: { path: 'ours/production/resnet50' } }]);
    await world.db.pool.query(`UPDATE service SET file_settings = '{}' WHERE id = $1`, [ours.ids.service]);
  });

  it('names each mistake of the file by its place', async () => {
    const { status, body } = await plan({ file: 'services:\n  web:\n    port: 99999\n    prot: 1\n' });
    expect([status, body.code]).toEqual([400, 'invalid']);
    expect(body.errors).toMatchObject([
      { path: 'file', message: expect.stringMatching(/^services\.web\.port \(line 3\)/) },
      { path: 'file', message: expect.stringMatching(/^services\.web\.prot \(line 4\)/) },
    ]);
  });

  it.each(['', 'services: [', '\0', 'services: {}', 'a: &a [*a, *a]', '- 1', '\ud800'])(
    'answers %j with a mistake',
    async (text) => {
      expect(await plan({ file: text })).toMatchObject({ status: 400, body: { code: 'invalid' } });
    },
  );

  it('refuses what is too large, what is no text, and fields that there are not', async () => {
    expect((await plan({ file: 'x'.repeat(262_145) })).status).toBe(400);
    expect((await plan({ file: { $ne: null } })).status).toBe(400);
    expect((await plan({})).body.errors).toMatchObject([{ path: 'file' }]);
    expect((await plan({ file, force: true })).status).toBe(400);
  });

  it('is for those who may write there, and looks missing to strangers', async () => {
    expect((await plan({ file }, ours.tokens.deploy)).status).toBe(403);
    expect((await plan({ file }, ours.tokens.environment)).status).toBe(403);
    expect((await plan({ file }, theirs.tokens.admin)).status).toBe(404);
    expect((await plan({ file }, ours.tokens.write, 'ours%2Fnowhere')).status).toBe(404);
    const foreign = await plan({ file, repository: theirs.ids.repository });
    expect(foreign).toMatchObject({ status: 400, body: { errors: [{ path: 'repository', code: 'not_found' }] } });
  });
});
