import { newId } from '@sconce/foundation';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let tenant: Tenant;
let count = 0;
beforeAll(async () => {
  world = await startApiWorld();
});
beforeEach(async () => {
  count += 1;
  tenant = await makeTenant(world, `tenant-${count}`);
});
afterAll(() => world.stop());

const withVolumes = async () => {
  const id = newId('rel');
  await world.db.pool.query(
    `INSERT INTO release (id, service_id, number, image_digest, spec, spec_hash, replica_set_id, cause)
     SELECT $1, service_id, 2, image_digest, jsonb_set(spec, '{volumes}', $3), 'y', $1, 'manual' FROM release WHERE service_id = $2`,
    [id, tenant.ids.service, JSON.stringify([{ name: 'cache', path: '/models', sizeMiB: null }])],
  );
};
const lost = () => ({
  services: [`${tenant.slug}/production/resnet50`],
  volumes: [`${tenant.slug}/production/cache`],
  hosts: [`resnet50-production-${tenant.slug}.localhost`],
});

describe.each(['environment', 'project'] as const)('deleting a %s with volumes', (noun) => {
  const path = () => `/v1/${noun}s/${tenant.ids[noun]}`;

  it('says first what would go, in a dry run that needs no confirmation', async () => {
    await withVolumes();
    const planned = await world.ask(`DELETE ${path()}?dryRun=true`);
    expect([planned.status, planned.body.removes]).toEqual([200, lost()]);
    expect((await world.ask(`GET /v1/services/${tenant.ids.service}`)).status).toBe(200);
  });

  it('is refused without the word for it, and nothing goes', async () => {
    await withVolumes();
    const refused = await world.ask(`DELETE ${path()}`);
    expect([refused.status, refused.body]).toEqual([
      409,
      expect.objectContaining({
        code: 'conflict',
        detail: `The data in the volume ${tenant.slug}/production/cache would be lost`,
        errors: [{ path: 'volumes', code: 'confirmation_missing', message: 'Has to be `delete`' }],
        hint: expect.stringContaining('?volumes=delete'),
      }),
    ]);
    expect((await world.ask(`GET ${path()}`)).status).toBe(200);
    expect((await world.ask(`DELETE ${path()}?volumes=keep`)).body).toMatchObject({
      code: 'invalid',
      errors: [{ path: 'volumes' }],
    });
  });

  it('goes with it, and names what went', async () => {
    await withVolumes();
    const gone = await world.ask(`DELETE ${path()}?volumes=delete`);
    expect([gone.status, gone.body]).toMatchObject([200, { removes: lost(), keeps: { volumes: [] } }]);
    expect((await world.ask(`GET ${path()}`)).status).toBe(404);
  });

  it('also asks for the data of a service that went before', async () => {
    await withVolumes();
    const gone = await world.ask(`DELETE /v1/services/${tenant.ids.service}`);
    const none = { services: lost().services, volumes: [], hosts: lost().hosts };
    expect([gone.status, gone.body]).toMatchObject([200, { removes: none, keeps: { volumes: lost().volumes } }]);
    expect((await world.ask(`DELETE ${path()}`)).status).toBe(409);
    expect((await world.ask(`DELETE ${path()}?volumes=delete`)).body.removes).toEqual({
      services: [],
      volumes: lost().volumes,
      hosts: [],
    });
  });

  it('needs no word where there is no volume', async () => {
    expect((await world.ask(`DELETE ${path()}`)).status).toBe(200);
  });
});
