import { markClusterAway, putCluster } from '@sconce/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let ours: Tenant;
let theirs: Tenant;
const pool = {
  name: 'host-1',
  nodes: 1,
  cpuMilli: 16_000,
  memoryMiB: 131_072,
  diskMiB: 0,
  diskFreeMiB: 0,
  gpus: [{ product: 'NVIDIA H100', memoryMiB: 81_559, total: 8, free: 5 }],
};
beforeAll(async () => {
  world = await startApiWorld();
  [ours, theirs] = [await makeTenant(world, 'ours'), await makeTenant(world, 'theirs')];
  const observedAt = new Date();
  const warnings = ['iptables: Permission denied'];
  const other = { ...pool, name: 'host-2', diskMiB: 1_000, diskFreeMiB: 400, gpus: [] };
  await putCluster(world.db.tx, { name: 'local', pools: [other, pool], warnings, observedAt });
  await putCluster(world.db.tx, { name: 'zoo', pools: [], warnings: [], observedAt });
  await world.db.pool.query("UPDATE replica SET node = 'host-1', gpus = '{gpu-0,gpu-1}' WHERE service_id = $1", [
    ours.ids.service,
  ]);
  await world.db.pool.query("UPDATE replica SET node = 'host-1', gpus = '{gpu-2}' WHERE service_id = $1", [
    theirs.ids.service,
  ]);
});
afterAll(() => world.stop());

describe('clusters', () => {
  it('are listed by name, with what is there in sum, page by page', async () => {
    const first = (await world.ask('GET /v1/clusters?limit=1')).body;
    expect(first.data).toMatchObject([
      { name: 'local', nodes: 2, cpuMilli: 32_000, memoryMiB: 262_144, gpus: { total: 8, free: 5 }, reachable: true },
    ]);
    const second = (await world.ask(`GET /v1/clusters?limit=1&cursor=${encodeURIComponent(first.page.next)}`)).body;
    expect([second.data.map(({ name }: { name: string }) => name), second.page.next]).toEqual([['zoo'], null]);
  });

  it('say what is wrong with them to those who look after the installation, and to nobody else', async () => {
    const own = (await world.ask('GET /v1/clusters/local')).body;
    expect(own.warnings).toEqual(['iptables: Permission denied']);
    const tenants = await world.ask('GET /v1/clusters/local', { token: ours.tokens.admin });
    expect([tenants.status, tenants.body.warnings]).toEqual([200, []]);
    for (const path of ['clusters', 'clusters/local', 'clusters/local/node-pools'])
      expect((await world.ask(`GET /v1/${path}`, { token: null })).status).toBe(401);
    expect((await world.ask('GET /v1/clusters/none')).status).toBe(404);
  });

  it('say since when they do not answer', async () => {
    const at = new Date('2026-01-01T10:00:00.000Z');
    await markClusterAway(world.db.tx, 'zoo', at);
    await markClusterAway(world.db.tx, 'zoo', new Date());
    expect((await world.ask('GET /v1/clusters/zoo')).body).toMatchObject({
      reachable: false,
      awaySince: at.toISOString(),
    });
  });
});

describe('node pools', () => {
  const holders = async (token?: string) => {
    const { body } = await world.ask('GET /v1/clusters/local/node-pools', token === undefined ? {} : { token });
    return body.data[0].gpuHolders.map((holder: { service: { path: string }; gpus: number }) => [
      holder.service.path,
      holder.gpus,
    ]);
  };

  it('show GPUs by product, total and free, and no disk where it cannot be seen', async () => {
    const { body } = await world.ask('GET /v1/clusters/local/node-pools', { token: theirs.tokens.read });
    expect(body.data).toMatchObject([
      { name: 'host-1', cluster: 'local', gpus: pool.gpus, diskMiB: null, diskFreeMiB: null },
      { name: 'host-2', gpus: [], diskMiB: 1_000, diskFreeMiB: 400, gpuHolders: [] },
    ]);
    const { page } = (await world.ask('GET /v1/clusters/local/node-pools?limit=1')).body;
    const next = await world.ask(`GET /v1/clusters/local/node-pools?limit=1&cursor=${encodeURIComponent(page.next)}`);
    expect(next.body.data).toMatchObject([{ name: 'host-2' }]);
    expect((await world.ask('GET /v1/clusters/none/node-pools')).status).toBe(404);
  });

  it('name who holds GPUs, as far as one may see', async () => {
    expect(await holders()).toEqual([
      ['ours/production/resnet50', 2],
      ['theirs/production/resnet50', 1],
    ]);
    expect(await holders(ours.tokens.read)).toEqual([['ours/production/resnet50', 2]]);
    expect(await holders(theirs.tokens.environment)).toEqual([['theirs/production/resnet50', 1]]);
  });
});
