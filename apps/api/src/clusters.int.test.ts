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
  await putCluster(world.db.tx, { name: 'zebra', pools: [], warnings: [], observedAt });
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
    expect([second.data.map(({ name }: { name: string }) => name), second.page.next]).toEqual([['zebra'], null]);
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
    await markClusterAway(world.db.tx, 'zebra', at);
    await markClusterAway(world.db.tx, 'zebra', new Date());
    expect((await world.ask('GET /v1/clusters/zebra')).body).toMatchObject({
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

describe('a cluster that is added', () => {
  const secret = 'a-token-that-nobody-may-read-back';
  const kubeconfig = (server = 'https://lab.example:6443', user: object = { token: secret }) =>
    JSON.stringify({
      clusters: [{ name: 'a', cluster: { server } }],
      users: [{ name: 'a', user }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    });
  const registryCredentials = { username: 'pusher', password: 'a-password-that-nobody-may-read-back' };
  const body = { name: 'lab', kubeconfig: kubeconfig(), registry: 'registry.example:5000/team', registryCredentials };
  const add = (changes: object = {}) => world.ask('POST /v1/clusters', { body: { ...body, ...changes } });
  const paths = ({ body: { errors } }: { body: { errors: { path: string }[] } }) => errors.map(({ path }) => path);
  const make = (slug: string, cluster?: string) =>
    world.ask('POST /v1/projects/ours/environments', { body: { slug, ...(cluster && { cluster }) } });

  it('is for those who look after the installation alone', async () => {
    for (const token of [ours.tokens.admin, ours.tokens.environment]) {
      expect((await world.ask('POST /v1/clusters', { token, body })).status).toBe(403);
      expect((await world.ask('PATCH /v1/clusters/lab', { token, body: {} })).status).toBe(403);
      expect((await world.ask('DELETE /v1/clusters/lab', { token })).status).toBe(403);
      expect((await world.ask('GET /v1/cluster-access', { token })).status).toBe(403);
    }
    expect((await world.ask('POST /v1/clusters', { token: null, body })).status).toBe(401);
  });

  it('is refused with words that name the field where anything about it is wrong, and nothing is kept', async () => {
    const file = await add({ kubeconfig: kubeconfig(undefined, { tokenFile: '/etc/passwd' }) });
    expect([file.status, paths(file)]).toEqual([400, ['kubeconfig.users[a].user.tokenFile']]);
    const program = await add({ kubeconfig: kubeconfig(undefined, { exec: { command: 'sh' } }) });
    expect([program.status, program.body.detail]).toEqual([400, expect.stringContaining('names a program')]);
    const wrong = await add({
      name: 'No',
      registry: 'https://x',
      podSecurity: 'privileged',
      gatewayCidrs: ['10.0.0.1'],
    });
    expect(wrong.status).toBe(400);
    expect(paths(wrong).sort()).toEqual(['gatewayCidrs.0', 'name', 'podSecurity', 'registry']);
    const local = await add({ name: 'local' });
    expect([local.status, local.body.code]).toEqual([409, 'already_exists']);
    expect((await world.db.pool.query('SELECT 1 FROM added_cluster')).rowCount).toBe(0);
    expect((await world.db.pool.query("SELECT 1 FROM sealed_value WHERE owner LIKE 'clu_%'")).rowCount).toBe(0);
  });

  it('does nothing in a dry run', async () => {
    expect((await world.ask('POST /v1/clusters?dryRun=true', { body })).status).toBe(200);
    expect((await world.ask('GET /v1/clusters/lab')).status).toBe(404);
  });

  it('stands from then on, is away until the scheduler heard of it, and its credentials never come back', async () => {
    const made = await add({ account: { namespace: 'sconce-system', name: 'sconce' }, gatewayCidrs: ['10.0.0.5/32'] });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe('/v1/clusters/lab');
    expect(made.body).toMatchObject({
      name: 'lab',
      reachable: false,
      added: {
        server: 'https://lab.example:6443',
        registry: body.registry,
        podSecurity: 'restricted',
        gatewayCidrs: ['10.0.0.5/32'],
        account: 'sconce-system/sconce',
        version: 1,
      },
    });
    const told = [made.body];
    for (const path of ['clusters', 'clusters/lab', 'events', 'audit-events']) {
      const answer = await world.ask(`GET /v1/${path}`);
      expect(answer.status, path).toBe(200);
      told.push(answer.body);
    }
    expect(JSON.stringify(told)).not.toContain('nobody-may-read-back');
    expect(JSON.stringify(told)).toContain('cluster.added');
    const { rows } = await world.db.pool.query<Record<string, unknown>>(
      "SELECT encode(bytes, 'escape') AS text FROM sealed_value UNION ALL SELECT c::text FROM added_cluster c UNION ALL SELECT k::text FROM idempotency_key k",
    );
    expect(JSON.stringify(rows)).not.toContain('nobody-may-read-back');
    const tenants = await world.ask('GET /v1/clusters/lab', { token: ours.tokens.admin });
    expect([tenants.status, tenants.body.added]).toEqual([200, null]);
  });

  it('is not added twice, neither by its name nor by its server', async () => {
    expect((await add()).body.code).toBe('already_exists');
    const again = await add({ name: 'lab-2', kubeconfig: kubeconfig('https://lab.example:6443/') });
    expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining('is here as lab')]);
    expect((await add({ name: 'zoo', kubeconfig: kubeconfig('https://zoo:6443') })).status).toBe(201);
  });

  it('takes environments, which stay there; one on a cluster that there is not is refused with those that there are', async () => {
    expect((await make('lab', 'lab')).body).toMatchObject({ cluster: 'lab' });
    const none = await make('none', 'gone');
    expect([none.status, paths(none), none.body.detail]).toEqual([
      400,
      ['cluster'],
      expect.stringContaining('local, lab, zoo'),
    ]);
    const moved = await world.ask('PATCH /v1/environments/ours%2Flab', { body: { cluster: 'local' } });
    expect([moved.status, moved.body.hint]).toEqual([409, expect.stringContaining('--cluster local')]);
    expect(
      (await world.ask('PATCH /v1/environments/ours%2Flab', { body: { cluster: 'lab', name: 'Lab' } })).status,
    ).toBe(200);
    const put = await world.ask('PUT /v1/environments/ours%2Fput', { body: { cluster: 'lab' } });
    expect([put.status, put.body.cluster]).toEqual([201, 'lab']);
  });

  it('takes new credentials, of one version only', async () => {
    const etag = (await world.ask('GET /v1/clusters/lab')).headers.get('etag') ?? '';
    const patch = (headers: Record<string, string> = {}) =>
      world.ask('PATCH /v1/clusters/lab', { body: { kubeconfig: kubeconfig('https://lab.example:7443') }, headers });
    const changed = await patch({ 'if-match': etag });
    expect([changed.status, changed.body.added.version, changed.body.added.server]).toEqual([
      200,
      2,
      'https://lab.example:7443',
    ]);
    expect((await patch({ 'if-match': etag })).status).toBe(412);
    expect((await world.ask('PATCH /v1/clusters/local', { body: { registry: 'x' } })).status).toBe(404);
    const taken = await world.ask('PATCH /v1/clusters/lab', { body: { kubeconfig: kubeconfig('https://zoo:6443') } });
    expect([taken.status, taken.body.code]).toEqual([409, 'already_exists']);
  });

  it('is not removed while environments stand on it, which are named; then it is', async () => {
    const refused = await world.ask('DELETE /v1/clusters/lab');
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('ours/lab, ours/put')]);
    for (const slug of ['lab', 'put'])
      expect((await world.ask(`DELETE /v1/environments/ours%2F${slug}`)).status).toBe(200);
    expect((await world.ask('DELETE /v1/clusters/lab')).status).toBe(200);
    expect((await world.ask('GET /v1/clusters/lab')).status).toBe(404);
    expect((await world.ask('DELETE /v1/clusters/local')).status).toBe(404);
  });

  it('is prepared by manifests that an administrator of it applies', async () => {
    const kinds = async (query: string) => {
      const { body: access } = await world.ask(`GET /v1/cluster-access${query}`);
      const roles = JSON.stringify(access.manifests.filter(({ kind }: { kind: string }) => kind === 'ClusterRole'));
      expect(access.account).toEqual({ namespace: 'sconce-system', name: 'sconce' });
      expect(access.manifests.at(-1)).toMatchObject({ kind: 'Secret', metadata: access.tokenSecret });
      return roles.includes('nodes/proxy');
    };
    expect([await kinds(''), await kinds('?usage=false')]).toEqual([true, false]);
  });
});
