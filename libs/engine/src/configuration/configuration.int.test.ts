import { type Database, openDatabase, readEvents } from '@sconce/db';
import { newId, silentLog, systemClock } from '@sconce/foundation';
import {
  createKeysFile,
  type KeyRing,
  loadKeys,
  openerFor,
  rotateKeysFile,
  sealerFor,
  withoutPrivateHalves,
} from '@sconce/secrets-local';
import { type TemporaryPostgres, temporaryDirectory, temporaryPostgres } from '@sconce/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConfiguredService, type FrozenConfiguration, freezeConfiguration } from './freeze-configuration.ts';
import { collectSealedValues, resealValues } from './keep-sealed-values.ts';
import { listServiceVariables, listVariables } from './list-variables.ts';
import { ConfigurationUnreadable, openConfiguration, secretValuesOf } from './open-configuration.ts';
import { readBuildSecrets } from './read-build-secrets.ts';
import { attachSecretGroups, createSecretGroup, deleteSecretGroup, listSecretGroups } from './secret-groups.ts';
import { deleteSecret, listSecrets, setSecret, setSecrets } from './set-secrets.ts';
import { setVariables } from './set-variables.ts';

let postgres: TemporaryPostgres;
let db: Database;
let ring: KeyRing;
let keysPath: string;
const directory = temporaryDirectory('keys');
const planted = 'planted-7f3a9c-secret-value';

beforeAll(async () => {
  postgres = await temporaryPostgres();
  db = openDatabase({ url: await postgres.database() });
  keysPath = `${directory.path}/keys.json`;
  await createKeysFile(keysPath);
  ring = await loadKeys({ file: keysPath });
});
afterAll(async () => {
  await db.close();
  await postgres.stop();
  directory.remove();
});

/** What the API process holds: it opens variables and only seals secrets. */
const api = () => {
  const keys = withoutPrivateHalves(ring, 'secret');
  return {
    db,
    clock: systemClock,
    log: silentLog,
    secretSealer: sealerFor(keys, 'secret'),
    variableSealer: sealerFor(keys, 'variable'),
    variableOpener: openerFor(keys, 'variable'),
  };
};
/** What the worker and the scheduler hold. */
const inner = () => ({ ...api(), secretOpener: openerFor(ring, 'secret') });

let service: ConfiguredService;
let environmentId: string;
const own = () => ({ environmentId, serviceId: service.id });
const shared = () => ({ environmentId, serviceId: null });
const actor = 'usr_tester';

beforeEach(async () => {
  const projectId = newId('prj');
  environmentId = newId('env');
  service = { id: newId('svc'), environmentId, secretGroups: [] };
  await db.pool.query('INSERT INTO project (id, slug, name) VALUES ($1, $2, $2)', [projectId, projectId.slice(-20)]);
  await db.pool.query('INSERT INTO environment (id, project_id, slug, name) VALUES ($1, $2, $3, $3)', [
    environmentId,
    projectId,
    'production',
  ]);
  await db.pool.query(
    'INSERT INTO service (id, environment_id, slug, name, secret_groups) VALUES ($1, $2, $3, $3, $4)',
    [service.id, environmentId, 'resnet50', []],
  );
});

async function freeze(fileEnv: Record<string, string> = {}, fileGroups: string[] = []) {
  const attached = await db.pool.query<{ secret_groups: string[] }>('SELECT secret_groups FROM service WHERE id = $1', [
    service.id,
  ]);
  const current = { ...service, secretGroups: attached.rows[0]?.secret_groups ?? [] };
  return db.transaction((tx) => freezeConfiguration(tx, inner(), current, fileEnv, fileGroups));
}

async function frozen(fileEnv: Record<string, string> = {}, fileGroups: string[] = []): Promise<FrozenConfiguration> {
  const answer = await freeze(fileEnv, fileGroups);
  if ('reason' in answer) throw new Error(answer.message);
  return answer;
}

/** A release of the service that holds these values, with an image that is still there. */
async function makeRelease(number: number, spec: FrozenConfiguration): Promise<string> {
  const digest = `sha256:${newId('rel')}`;
  await db.pool.query(
    "INSERT INTO image (digest, build_id, size_bytes, architecture, exposed_ports) VALUES ($1, 'bld', 1, 'amd64', '{}')",
    [digest],
  );
  await db.pool.query(
    "INSERT INTO release (id, service_id, number, image_digest, spec, spec_hash, replica_set_id, cause) VALUES ($1, $2, $3, $4, $5, '', '', 'push')",
    [newId('rel'), service.id, number, digest, JSON.stringify(spec)],
  );
  return digest;
}

describe('variables', () => {
  it('are set, changed and removed many at once, with versions that only rise', async () => {
    const set = (changes: Record<string, string | null>) => setVariables(api(), { owner: own(), changes, actor });
    expect((await set({ A: '1', B: '' })).changes.map(({ name, change }) => [name, change])).toEqual([
      ['A', 'created'],
      ['B', 'created'],
    ]);
    expect((await set({ A: '2', B: null, C: 'x=y\nz' })).changes).toEqual([
      { name: 'A', change: 'updated', version: 2 },
      { name: 'B', change: 'removed', version: 1 },
      { name: 'C', change: 'created', version: 1 },
    ]);
    expect((await set({ B: '' })).changes).toEqual([{ name: 'B', change: 'created', version: 2 }]);
    const listed = await listVariables(api(), own());
    expect(listed.variables.map(({ name, value, version, updatedBy }) => [name, value, version, updatedBy])).toEqual([
      ['A', '2', 2, actor],
      ['B', '', 2, actor],
      ['C', 'x=y\nz', 1, actor],
    ]);
  });

  it('are replaced whole where that is asked for', async () => {
    await setVariables(api(), { owner: own(), changes: { A: '1', B: '2' }, actor });
    const { changes } = await setVariables(api(), { owner: own(), changes: { B: '2', C: '3' }, replace: true, actor });
    expect(changes.map(({ name, change }) => [name, change])).toEqual([
      ['A', 'removed'],
      ['B', 'unchanged'],
      ['C', 'created'],
    ]);
  });

  it('of a service are listed with the layers below, as its next release gets them', async () => {
    const file = { env: { A: 'file', B: 'file', C: 'file' } };
    await db.pool.query('UPDATE service SET file_settings = $2 WHERE id = $1', [service.id, JSON.stringify(file)]);
    await setVariables(api(), { owner: shared(), changes: { B: 'environment', C: 'environment' }, actor });
    await setVariables(api(), { owner: own(), changes: { C: 'service' }, actor });
    await frozen(file.env);
    const { variables } = await listServiceVariables(api(), own());
    expect(variables.map(({ name, value, source, version }) => [name, value, source, version])).toEqual([
      ['A', 'file', 'file', 1],
      ['B', 'environment', 'environment', 1],
      ['C', 'service', 'service', 1],
    ]);
  });

  it('change nothing when one of them is wrong', async () => {
    const attempt = setVariables(api(), { owner: own(), changes: { GOOD: '1', PORT: '80', 'NOT-A-NAME': 'x' }, actor });
    await expect(attempt).rejects.toMatchObject({
      code: 'invalid',
      errors: [
        { path: 'PORT', code: 'reserved_name' },
        { path: 'NOT-A-NAME', code: 'invalid_name' },
      ],
    });
    expect((await listVariables(api(), own())).variables).toEqual([]);
  });

  it('refuse what no process could be given, together with all that stands, and keep nothing of it', async () => {
    const half = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`A${index}`, 'x'.repeat(32 * 1024)]));
    const rest = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`B${index}`, 'x'.repeat(32 * 1024)]));
    await setVariables(api(), { owner: own(), changes: half, actor });
    await expect(setVariables(api(), { owner: own(), changes: rest, actor })).rejects.toMatchObject({
      code: 'limit_reached',
    });
    expect((await listVariables(api(), own())).variables).toHaveLength(9);
    await setVariables(api(), { owner: shared(), changes: rest, actor });
    expect(await freeze()).toMatchObject({ reason: 'config_invalid' });
  });

  it('are changed only as they were seen, where a revision is given', async () => {
    const seen = (await listVariables(api(), own())).revision;
    const first = await setVariables(api(), { owner: own(), changes: { A: '1' }, expectedRevision: seen, actor });
    await expect(
      setVariables(api(), { owner: own(), changes: { A: '2' }, expectedRevision: seen, actor }),
    ).rejects.toMatchObject({ code: 'precondition_failed' });
    await setVariables(api(), { owner: own(), changes: { A: '2' }, expectedRevision: first.revision, actor });
  });

  it('give each of many writers at once a version of its own', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        setVariables(api(), { owner: own(), changes: { A: `value ${index}` }, actor }),
      ),
    );
    const [listed] = (await listVariables(api(), own())).variables;
    expect(listed?.version).toBe(12);
  });

  it('make no version and no event when nothing changes, and none in a dry run', async () => {
    await setVariables(api(), { owner: own(), changes: { A: '1' }, actor });
    expect((await setVariables(api(), { owner: own(), changes: { A: '1' }, actor })).changes).toEqual([
      { name: 'A', change: 'unchanged', version: 1 },
    ]);
    expect((await setVariables(api(), { owner: own(), changes: { A: '2' }, dryRun: true, actor })).changes).toEqual([
      { name: 'A', change: 'updated', version: 2 },
    ]);
    expect((await listVariables(api(), own())).variables.map(({ value }) => value)).toEqual(['1']);
    expect(await readEvents(db.tx, { serviceId: service.id }, '0.0', 10)).toHaveLength(1);
  });

  it('of an owner that is not there are not found', async () => {
    const gone = { environmentId, serviceId: newId('svc') };
    await expect(setVariables(api(), { owner: gone, changes: { A: '1' }, actor })).rejects.toMatchObject({
      code: 'not_found',
    });
    const elsewhere = { environmentId: newId('env'), serviceId: service.id };
    await expect(setVariables(api(), { owner: elsewhere, changes: { A: '1' }, actor })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('secrets', () => {
  it('tell their name, version and fingerprint, and a group says who uses it', async () => {
    const group = await createSecretGroup(api(), { environmentId, slug: 'hub', actor });
    await setSecret(api(), { groupId: group.id, name: 'TOKEN', value: planted, actor });
    await setSecret(api(), { groupId: group.id, name: 'TOKEN', value: `${planted}-2`, actor });
    await attachSecretGroups(api(), { environmentId, serviceId: service.id, groups: ['hub'], actor });
    const { secrets } = await listSecrets(api(), group.id);
    expect(secrets).toEqual([
      {
        name: 'TOKEN',
        version: 2,
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
        createdAt: expect.any(Date),
        updatedAt: expect.any(Date),
        updatedBy: actor,
      },
    ]);
    expect(await listSecretGroups(api(), environmentId)).toMatchObject([
      { slug: 'hub', secrets: 1, attachedTo: ['resnet50'] },
    ]);
  });

  it('cannot be attached from a group that is not there, and a group in use cannot be removed', async () => {
    await expect(
      attachSecretGroups(api(), { environmentId, serviceId: service.id, groups: ['absent'], actor }),
    ).rejects.toMatchObject({
      code: 'invalid',
      errors: [{ path: 'secretGroups[0]', code: 'unknown_group' }],
    });
    const group = await createSecretGroup(api(), { environmentId, slug: 'hub', actor });
    await expect(createSecretGroup(api(), { environmentId, slug: 'hub', actor })).rejects.toMatchObject({
      code: 'already_exists',
    });
    await attachSecretGroups(api(), { environmentId, serviceId: service.id, groups: ['hub'], actor });
    await expect(deleteSecretGroup(api(), { groupId: group.id, actor })).rejects.toMatchObject({ code: 'conflict' });
    await attachSecretGroups(api(), { environmentId, serviceId: service.id, groups: [], actor });
    await deleteSecretGroup(api(), { groupId: group.id, actor });
    expect(await listSecretGroups(api(), environmentId)).toEqual([]);
    await expect(setSecret(api(), { groupId: group.id, name: 'A', value: 'x', actor })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('go on counting versions in a group that was removed and made again, and hold nothing of before', async () => {
    const group = await createSecretGroup(api(), { environmentId, slug: 'hub', actor });
    await setSecret(api(), { groupId: group.id, name: 'A', value: 'one', actor });
    await deleteSecretGroup(api(), { groupId: group.id, actor });
    const again = await createSecretGroup(api(), { environmentId, slug: 'hub', actor });
    expect((await listSecrets(api(), again.id)).secrets).toEqual([]);
    expect((await setSecret(api(), { groupId: again.id, name: 'A', value: 'one', actor })).changes).toEqual([
      { name: 'A', change: 'created', version: 2 },
    ]);
  });

  it('that are not there cannot be removed', async () => {
    const group = await createSecretGroup(api(), { environmentId, slug: 'hub', actor });
    await expect(deleteSecret(api(), { groupId: group.id, name: 'A', actor })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('are readable nowhere: no table, no event, no error', async () => {
    const group = await createSecretGroup(api(), { environmentId, slug: 'hub', actor });
    await setSecrets(api(), { groupId: group.id, changes: { TOKEN: planted, OTHER: `x${planted}x` }, actor });
    await setVariables(api(), { owner: own(), changes: { SHOWN: 'also-sealed-at-rest-42' }, actor });
    const failures = await Promise.allSettled([
      setSecret(api(), { groupId: group.id, name: 'BAD', value: `${planted}\0`, actor }),
      setSecret(api(), { groupId: group.id, name: 'BAD', value: planted.repeat(2_000), actor }),
      setSecret(api(), { groupId: group.id, name: '1BAD', value: planted, actor }),
    ]);
    for (const failure of failures) {
      if (failure.status === 'fulfilled') throw new Error('was not refused');
      const { name, message, errors, hint, stack } = failure.reason as Error & { errors: unknown; hint: unknown };
      expect(JSON.stringify({ name, message, errors, hint, stack })).not.toContain(planted);
    }
    await attachSecretGroups(api(), { environmentId, serviceId: service.id, groups: ['hub'], actor });
    await makeRelease(1, await frozen({ FROM_FILE: 'sealed-from-file-42' }));
    const everything = await dump();
    expect(everything).toContain('TOKEN');
    for (const needle of [planted, 'also-sealed-at-rest-42', 'sealed-from-file-42']) {
      for (const written of [
        needle,
        Buffer.from(needle).toString('hex'),
        Buffer.from(needle).toString('base64').slice(0, -4),
      ]) {
        expect(everything.includes(written)).toBe(false);
      }
    }
  });
});

describe('freezing and opening', () => {
  it('layers file, environment and service, and secrets over all, later groups over earlier ones', async () => {
    await setVariables(api(), {
      owner: shared(),
      changes: { B: 'environment', C: 'environment', D: 'environment' },
      actor,
    });
    await setVariables(api(), { owner: own(), changes: { C: 'service' }, actor });
    for (const slug of ['low', 'high']) {
      const { id } = await createSecretGroup(api(), { environmentId, slug, actor });
      await setSecrets(api(), {
        groupId: id,
        changes: { D: `secret of ${slug}`, [`ONLY_${slug.toUpperCase()}`]: slug },
        actor,
      });
    }
    await attachSecretGroups(api(), { environmentId, serviceId: service.id, groups: ['high'], actor });
    const spec = await frozen({ A: 'file', B: 'file', C: 'file' }, ['low']);
    expect(await openConfiguration(inner(), spec)).toEqual({
      A: 'file',
      B: 'environment',
      C: 'service',
      D: 'secret of high',
      ONLY_LOW: 'low',
      ONLY_HIGH: 'high',
    });
    expect((await secretValuesOf(inner(), spec)).sort()).toEqual(['high', 'low', 'secret of high']);
    expect(spec.variables.map(({ name }) => name)).toEqual(['A', 'B', 'C']);
  });

  it('gives equal specs for equal input, so that nothing is started anew', async () => {
    await setVariables(api(), { owner: own(), changes: { A: '1' }, actor });
    const first = await frozen({ F: 'file' });
    expect(await frozen({ F: 'file' })).toEqual(first);
    const second = await frozen({ F: 'changed' });
    expect(second.variables.map(({ name, version }) => [name, version])).toEqual([
      ['A', 1],
      ['F', 2],
    ]);
  });

  it('lets releases made at once share the versions of one file', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => frozen({ F: 'file', G: 'file' })));
    expect(new Set(all.map((spec) => JSON.stringify(spec))).size).toBe(1);
  });

  it('keeps a release what it was, whatever is changed and removed later', async () => {
    const group = await createSecretGroup(api(), { environmentId, slug: 'hub', actor });
    await attachSecretGroups(api(), { environmentId, serviceId: service.id, groups: ['hub'], actor });
    await setSecret(api(), { groupId: group.id, name: 'S', value: 'old', actor });
    await setVariables(api(), { owner: own(), changes: { V: 'old' }, actor });
    const spec = await frozen();
    await setSecret(api(), { groupId: group.id, name: 'S', value: 'new', actor });
    await deleteSecret(api(), { groupId: group.id, name: 'S', actor });
    await setVariables(api(), { owner: own(), changes: { V: null }, actor });
    expect(await openConfiguration(inner(), spec)).toEqual({ S: 'old', V: 'old' });
    expect(await openConfiguration(inner(), await frozen())).toEqual({});
  });

  it('says which group is missing, and refuses wrong names in the file', async () => {
    expect(await freeze({}, ['model-registry'])).toMatchObject({
      reason: 'secret_missing',
      message: expect.stringContaining('"model-registry"'),
    });
    expect(await freeze({ PORT: '80' })).toMatchObject({
      reason: 'config_invalid',
      message: expect.stringContaining('PORT'),
    });
  });

  it('does not open a value whose row was changed or swapped for another', async () => {
    await setVariables(api(), { owner: own(), changes: { A: 'a', B: 'b' }, actor });
    const spec = await frozen();
    const [a, b] = spec.variables;
    if (!a || !b) throw new Error('nothing was frozen');
    await expect(openConfiguration(inner(), { variables: [{ ...a, sealed: b.sealed }], secrets: [] })).rejects.toThrow(
      ConfigurationUnreadable,
    );
    await expect(openConfiguration(inner(), { variables: [], secrets: [a] })).rejects.toThrow(ConfigurationUnreadable);
    await db.pool.query('UPDATE sealed_value SET owner = $1 WHERE id = $2', ['svc_other', a.sealed]);
    await expect(openConfiguration(inner(), spec)).rejects.toThrow('The variable A, version 1, does not open');
    await db.pool.query('DELETE FROM sealed_value WHERE id = $1', [a.sealed]);
    await expect(openConfiguration(inner(), spec)).rejects.toThrow('no longer kept');
  });

  it('reads a build’s secrets from the groups of its service, or names those that are missing', async () => {
    const { id } = await createSecretGroup(api(), { environmentId, slug: 'pip', actor });
    await setSecret(api(), { groupId: id, name: 'PIP_TOKEN', value: 'p1', actor });
    const read = (names: string[]) => readBuildSecrets(inner(), { environmentId, groups: ['pip'], names });
    expect(await read(['PIP_TOKEN'])).toEqual({ values: [{ name: 'PIP_TOKEN', value: Buffer.from('p1') }] });
    expect(await read(['PIP_TOKEN', 'ABSENT'])).toEqual({ missing: ['ABSENT'] });
  });
});

describe('keeping', () => {
  it('removes versions only when no release can be gone back to with them', async () => {
    const set = (value: string | null) => setVariables(api(), { owner: own(), changes: { A: value }, actor });
    const kept = async () =>
      (
        await db.pool.query<{ version: number }>('SELECT version FROM sealed_value WHERE owner = $1 ORDER BY version', [
          service.id,
        ])
      ).rows.map(({ version }) => version);
    await set('1');
    const image = await makeRelease(1, await frozen());
    await set('2');
    await set('3');
    await collectSealedValues({ db });
    expect(await kept()).toEqual([1, 2, 3]);
    await collectSealedValues({ db }, 0);
    expect(await kept()).toEqual([1, 3]);
    await db.pool.query('UPDATE image SET removed_at = now() WHERE digest = $1', [image]);
    await collectSealedValues({ db }, 0);
    expect(await kept()).toEqual([3]);
    await set(null);
    await collectSealedValues({ db }, 0);
    expect(await kept()).toEqual([]);
    expect((await set('4')).changes).toEqual([{ name: 'A', change: 'created', version: 4 }]);
  });

  it('seals all values again for a new key, after which the old one is not needed', async () => {
    const group = await createSecretGroup(api(), { environmentId, slug: 'hub', actor });
    await attachSecretGroups(api(), { environmentId, serviceId: service.id, groups: ['hub'], actor });
    await setSecret(api(), { groupId: group.id, name: 'S', value: 'kept', actor });
    const spec = await frozen();
    const added = await rotateKeysFile(keysPath, 'secret');
    const rotated = await loadKeys({ file: keysPath });
    const keys = { sealer: sealerFor(rotated, 'secret'), opener: openerFor(rotated, 'secret') };
    const done = await resealValues({ db, log: silentLog }, 'secret', keys, AbortSignal.timeout(30_000));
    expect(done.resealed).toBeGreaterThan(0);
    const newestOnly: KeyRing = {
      ...rotated,
      pairs: { ...rotated.pairs, secret: rotated.pairs.secret.filter(({ id }) => id === added) },
    };
    expect(await openConfiguration({ ...inner(), secretOpener: openerFor(newestOnly, 'secret') }, spec)).toEqual({
      S: 'kept',
    });
    expect(await resealValues({ db, log: silentLog }, 'secret', keys, AbortSignal.timeout(30_000))).toMatchObject({
      resealed: 0,
    });
    ring = rotated;
  });
});

/** Every row of every table as text. */
async function dump(): Promise<string> {
  const tables = await db.pool.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  const rows = await Promise.all(
    tables.rows.map(({ name }) => db.pool.query(`SELECT t::text AS line FROM "${name}" t`)),
  );
  return rows.flatMap((result) => result.rows.map((row: { line: string }) => row.line)).join('\n');
}
