import { createClient } from '@sconce/contract';
import { appendEvent, markClusterAway, putCluster } from '@sconce/db';
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

describe('trying a branch', () => {
  const rules = (query: string, token?: string) =>
    world.ask(`GET /v1/projects/ours/branch-rules${query}`, token === undefined ? {} : { token });

  it('answers the rules that take it in, in the order they are tried, each with the pattern that decides', async () => {
    await world.ask('POST /v1/projects/ours/environments', { body: { slug: 'staging' } });
    const rule = (body: object) => world.ask('POST /v1/projects/ours/branch-rules', { body });
    await rule({ environment: 'staging', branches: ['**', '!wip/**'], position: 5 });
    await rule({ environment: 'staging', repository: 'models', branches: ['release/*'], position: 1 });
    const tried = async (query: string) =>
      (await rules(query)).body.data.map((one: { environment: { slug: string }; decides?: string }) => [
        one.environment.slug,
        one.decides,
      ]);
    expect(await tried('?branch=main')).toEqual([
      ['production', 'main'],
      ['staging', '**'],
    ]);
    expect(await tried('?branch=release%2F2')).toEqual([
      ['staging', 'release/*'],
      ['staging', '**'],
    ]);
    expect(await tried('?branch=wip%2Fa')).toEqual([]);
    const { body: first } = await rules('?branch=main&limit=1');
    const next = await tried(`?branch=main&limit=1&cursor=${encodeURIComponent(first.page.next)}`);
    expect(next).toEqual([['staging', '**']]);
  });

  it('counts the rules of a repository alone', async () => {
    const { id } = (
      await world.ask('POST /v1/projects/ours/repositories', { body: { kind: 'builtin', slug: 'other' } })
    ).body;
    expect((await rules(`?branch=release%2F2&repository=${id}`)).body.data).toHaveLength(1);
    expect((await rules('?repository=ours%2Fmodels')).body.data).toHaveLength(3);
  });

  it('refuses what is no branch, and repositories of others', async () => {
    const answer = await rules('?branch=a..b');
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, 'branch']);
    expect((await rules(`?repository=${theirs.ids.repository}`)).status).toBe(400);
    expect((await rules('?branch=main', theirs.tokens.admin)).status).toBe(404);
  });
});

describe('sidecars of a service', () => {
  const change = (sidecars: unknown) =>
    world.ask(`PATCH /v1/services/${theirs.ids.service}`, { body: { settings: { sidecars } } });
  const rest = { command: null, env: {}, sharesVariables: false, cpuMilli: null, memoryMiB: null };

  it('are set by name and image, and taken back', async () => {
    const done = await change([{ name: 'cache', image: 'redis:7' }]);
    expect([done.status, done.body.effectiveSettings.sidecars]).toEqual([
      200,
      [{ name: 'cache', image: 'redis:7', ...rest }],
    ]);
    expect((await change(null)).body.effectiveSettings.sidecars).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['a name that is the service itself', [{ name: 'main', image: 'redis' }], 'settings.sidecars.0.name'],
    ['an image that is an option', [{ name: 'cache', image: '--privileged' }], 'settings.sidecars.0.image'],
    ['a variable with an odd name', [{ name: 'a', image: 'b', env: { 'A B': '' } }], 'settings.sidecars.0.env.A B'],
    ['two of one name', [1, 2].map(() => ({ name: 'a', image: 'b' })), 'settings.sidecars'],
    ['something unknown', [{ name: 'a', image: 'b', privileged: true }], 'settings.sidecars.0.privileged'],
    ['nine of them', [...'abcdefghi'].map((name) => ({ name, image: 'b' })), 'settings.sidecars'],
  ])('refuses %s, and names the field', async (_, sidecars, path) => {
    const refused = await change(sidecars);
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });
});

describe('changing settings and deploying them at once', () => {
  const pool = { name: 'host', nodes: 1, cpuMilli: 8_000, memoryMiB: 65_536, diskMiB: 0, diskFreeMiB: 0 };
  const h100 = { product: 'NVIDIA H100', memoryMiB: 81_559, total: 2, free: 0 };
  const path = () => `/v1/services/${ours.ids.service}`;
  const askFor = (count: number, query = '?deploy=true') =>
    world.ask(`PATCH ${path()}${query}`, {
      token: ours.tokens.write,
      body: { settings: { resources: { gpu: { product: 'H100', count, memoryMiB: null } } } },
    });
  const releases = async () => (await world.ask(`GET ${path()}/releases`)).body.data;

  it('changes nothing where the cluster could never give what is asked for', async () => {
    await putCluster(world.db.tx, {
      name: 'local',
      pools: [{ ...pool, gpus: [] }],
      warnings: [],
      observedAt: new Date(),
    });
    const refused = await askFor(1);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: 'cannot_run_here',
      detail: 'The cluster local has no GPU.',
      errors: [{ path: 'settings.resources.gpu', code: 'no_gpu_here' }],
    });
    expect((await world.ask(`GET ${path()}`)).body.settings.resources).toBeUndefined();
    await putCluster(world.db.tx, {
      name: 'local',
      pools: [{ ...pool, gpus: [h100] }],
      warnings: [],
      observedAt: new Date(),
    });
    expect((await askFor(3)).body.detail).toBe(
      'The cluster local cannot give 3 × H100 to one replica. It has 2 × NVIDIA H100.',
    );
    expect(await releases()).toHaveLength(1);
  });

  it('makes one release with them, also where the GPUs are held by others now', async () => {
    const done = await askFor(2);
    expect([done.status, done.body.effectiveSettings.resources.gpu.count]).toEqual([200, 2]);
    expect(done.body.deployment).toMatchObject({
      release: { name: 'r2' },
      rollout: { cause: 'settings' },
      build: null,
    });
    const [newest] = await releases();
    expect(newest).toMatchObject({ name: 'r2', cause: 'settings', spec: { resources: { gpu: { count: 2 } } } });
  });

  it('dry, a release says how it would get its place, from what the cluster has', async () => {
    const dry = async () =>
      (await world.ask(`POST ${path()}/releases?dryRun=true`, { token: ours.tokens.deploy, body: {} })).body.rollout;
    const hold = (tenant: Tenant, gpus: string) =>
      world.db.pool.query('UPDATE replica SET gpus = $2 WHERE service_id = $1', [tenant.ids.service, gpus]);
    const see = (free: number) => {
      const pools = [{ ...pool, gpus: [{ ...h100, free }] }];
      return putCluster(world.db.tx, { name: 'local', pools, warnings: [], observedAt: new Date() });
    };
    await hold(theirs, '{gpu-0,gpu-1}');
    expect((await dry()).forecast).toEqual({
      verdict: 'refused',
      gpus: { needed: 2, free: 0 },
      holdMs: null,
      message:
        'It needs 2 GPUs that fit, and 0 are free, with 0 of its own: it would be refused, and what runs goes on. Services of other projects hold 2.',
    });
    await hold(theirs, '{}');
    await hold(ours, '{gpu-0,gpu-1}');
    await world.db.pool.query(
      `UPDATE rollout SET strategy = 'hand_over', created_at = now() - interval '1 minute', live_at = now() - interval '48 seconds' WHERE id = $1`,
      [ours.ids.rollout],
    );
    expect((await dry()).forecast).toMatchObject({ verdict: 'hand_over', holdMs: 12_000 });
    await see(2);
    expect((await dry()).forecast).toMatchObject({ verdict: 'side_by_side', gpus: { needed: 2, free: 2 } });
    await see(0);
    await hold(ours, '{}');
    expect(await releases()).toHaveLength(2);
  });

  it('says what would be, dry, and makes nothing', async () => {
    const dry = await askFor(1, '?deploy=true&dryRun=true');
    expect([dry.status, dry.body.deployment.release.name]).toEqual([200, 'r3']);
    expect((await askFor(3, '?deploy=true&dryRun=true')).status).toBe(409);
    expect(await releases()).toHaveLength(2);
  });

  it('changes nothing either where the release is refused, and says so', async () => {
    const their = `/v1/services/${theirs.ids.service}`;
    const { image } = (await world.ask(`GET /v1/releases/${theirs.ids.release}`)).body;
    await world.db.tx.image.update({ where: { digest: image.digest }, data: { exposedPorts: [80, 81] } });
    const before = (await world.ask(`GET ${their}`)).body;
    const refused = await world.ask(`PATCH ${their}?deploy=true`, {
      body: { name: 'Other', settings: { port: null } },
    });
    expect(refused.body).toMatchObject({ status: 409, errors: [{ path: 'settings.port', code: 'port_unknown' }] });
    expect(refused.body.hint).toMatch(/ Nothing was changed\. The setting can also be saved/);
    expect((await world.ask(`GET ${their}`)).body).toEqual(before);
  });

  it('does not guess about a cluster that does not answer, and deploys nothing that never ran', async () => {
    await markClusterAway(world.db.tx, 'local', new Date());
    expect((await askFor(3)).status).toBe(200);
    const { id } = (
      await world.ask(`POST /v1/environments/${ours.ids.environment}/services`, { body: { slug: 'fresh' } })
    ).body;
    const changed = await world.ask(`PATCH /v1/services/${id}?deploy=true`, { body: { settings: { port: 81 } } });
    expect([changed.status, changed.body.desired, changed.body.deployment]).toEqual([200, null, null]);
    expect((await world.ask(`PATCH /v1/services/${id}`, { body: { name: 'Fresh' } })).body).not.toHaveProperty(
      'deployment',
    );
  });

  it('is for those who may write there', async () => {
    const body = { settings: { port: 81 } };
    for (const [token, status] of [
      [ours.tokens.deploy, 403],
      [theirs.tokens.admin, 404],
    ] as const)
      expect((await world.ask(`PATCH ${path()}?deploy=true`, { token, body })).status).toBe(status);
  });
});

describe('who did it', () => {
  it('is told by name in events and in the audit log, also of tokens that are gone', async () => {
    const made = (
      await world.ask('POST /v1/tokens', {
        body: { kind: 'service', name: 'robot', scopes: ['write'], project: 'ours' },
      })
    ).body;
    await world.ask('PATCH /v1/environments/ours%2Fproduction', { token: made.token, body: { name: 'Live' } });
    await world.ask(`DELETE /v1/tokens/${made.id}`);
    const { data: events } = (await world.ask('GET /v1/projects/ours/events?limit=50')).body;
    const of = (type: string) => events.find((event: { type: string }) => event.type === type);
    expect(of('environment.updated')).toMatchObject({ actor: made.id, actorName: 'robot' });
    expect(of('token.revoked')).toMatchObject({ actorName: 'Admin' });
    const audit = (await world.ask('GET /v1/audit-events?project=ours&action=updateEnvironment')).body.data[0];
    expect(audit).toMatchObject({
      token: made.id,
      tokenName: 'robot',
      user: null,
      userName: null,
      address: '127.0.0.1',
    });
  });

  it('is what events can be asked for by', async () => {
    const made = (
      await world.ask('POST /v1/tokens', {
        body: { kind: 'service', name: 'other', scopes: ['write'], project: 'ours' },
      })
    ).body;
    await world.ask('PATCH /v1/environments/ours%2Fproduction', { token: made.token, body: { name: 'Again' } });
    const { data } = (await world.ask(`GET /v1/projects/ours/events?actor=${made.id}`)).body;
    expect(data.map(({ type }: { type: string }) => type)).toEqual(['environment.updated']);
    const settings = { resources: { gpu: null }, probe: { path: '/secret-path' } };
    await world.ask(`PATCH /v1/services/${ours.ids.service}`, { body: { settings, build: { args: { TOKEN: 'x' } } } });
    const updated = (await world.ask('GET /v1/projects/ours/events?type=service.updated&limit=1')).body.data[0];
    // Names of what was changed, never what it was changed to.
    expect(updated.data.fields).toEqual(['settings.probe.path', 'settings.resources.gpu', 'build.args']);
    expect(JSON.stringify(updated)).not.toMatch(/secret-path|TOKEN/);
  });
});

describe('that a cluster changed', () => {
  it('is heard by everybody who may look at it, and stands in nobody’s history', async () => {
    const cursorNow = (await world.ask('GET /v1/events?limit=1')).body.data[0].cursor;
    await appendEvent(world.db.tx, { type: 'cluster.changed', projectId: null, subjectId: 'local' });
    await appendEvent(world.db.tx, { type: 'user.created', projectId: null, subjectId: 'usr_somebody' });
    await world.ask('PATCH /v1/environments/theirs%2Fproduction', { body: { name: 'Theirs' } });
    const heard: string[] = [];
    const stop = new AbortController();
    const theirClient = createClient({ baseUrl: world.url, token: theirs.tokens.read });
    for await (const event of theirClient.follow.listEvents({ after: cursorNow, signal: stop.signal })) {
      heard.push(event.type);
      if (event.type === 'environment.updated') break;
    }
    stop.abort();
    expect(heard).toEqual(['cluster.changed', 'environment.updated']);
    const { data } = (await world.ask('GET /v1/events?limit=20')).body;
    expect(data.some(({ type }: { type: string }) => type === 'cluster.changed')).toBe(false);
    const asked = (await world.ask('GET /v1/events?type=cluster')).body.data;
    expect(asked).toHaveLength(1);
  });
});
