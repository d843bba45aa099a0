import { silentLog } from '@sconce/foundation';
import { type KeyRing, openerFor, rotateKeysFile, sealerFor } from '@sconce/secrets-local';
import { describe, expect, it } from 'vitest';
import { collectSealedValues, resealValues } from './keep-sealed-values.ts';
import { ConfigurationUnreadable, openConfiguration, secretValuesOf } from './open-configuration.ts';
import { attachSecretGroups, createSecretGroup } from './secret-groups.ts';
import { deleteSecret, setSecret, setSecrets } from './set-secrets.ts';
import { setVariables } from './set-variables.ts';
import { actor, configurationWorld } from './testing/configuration-world.ts';

const world = configurationWorld();

describe('freezing and opening', () => {
  it('layers file, environment and service, and secrets over all, later groups over earlier ones', async () => {
    await setVariables(world.api(), {
      owner: world.shared,
      changes: { B: 'environment', C: 'environment', D: 'environment' },
      actor,
    });
    await setVariables(world.api(), { owner: world.own, changes: { C: 'service' }, actor });
    for (const slug of ['low', 'high']) {
      const { id } = await createSecretGroup(world.api(), { environmentId: world.environmentId, slug, actor });
      await setSecrets(world.api(), {
        groupId: id,
        changes: { D: `secret of ${slug}`, [`ONLY_${slug.toUpperCase()}`]: slug },
        actor,
      });
    }
    await attachSecretGroups(world.api(), {
      environmentId: world.environmentId,
      serviceId: world.serviceId,
      groups: ['high'],
      actor,
    });
    const spec = await world.frozen({ A: 'file', B: 'file', C: 'file' }, ['low']);
    expect(await openConfiguration(world.inner(), spec)).toEqual({
      A: 'file',
      B: 'environment',
      C: 'service',
      D: 'secret of high',
      ONLY_LOW: 'low',
      ONLY_HIGH: 'high',
    });
    expect((await secretValuesOf(world.inner(), spec)).sort()).toEqual(['high', 'low', 'secret of high']);
    expect(spec.variables.map(({ name }) => name)).toEqual(['A', 'B', 'C']);
  });

  it('gives equal specs for equal input, so that nothing is started anew', async () => {
    await setVariables(world.api(), { owner: world.own, changes: { A: '1' }, actor });
    const first = await world.frozen({ F: 'file' });
    expect(await world.frozen({ F: 'file' })).toEqual(first);
    const second = await world.frozen({ F: 'changed' });
    expect(second.variables.map(({ name, version }) => [name, version])).toEqual([
      ['A', 1],
      ['F', 2],
    ]);
  });

  it('lets releases made at once share the versions of one file', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => world.frozen({ F: 'file', G: 'file' })));
    expect(new Set(all.map((spec) => JSON.stringify(spec))).size).toBe(1);
  });

  it('keeps a release what it was, whatever is changed and removed later', async () => {
    const group = await createSecretGroup(world.api(), { environmentId: world.environmentId, slug: 'hub', actor });
    await attachSecretGroups(world.api(), {
      environmentId: world.environmentId,
      serviceId: world.serviceId,
      groups: ['hub'],
      actor,
    });
    await setSecret(world.api(), { groupId: group.id, name: 'S', value: 'old', actor });
    await setVariables(world.api(), { owner: world.own, changes: { V: 'old' }, actor });
    const spec = await world.frozen();
    await setSecret(world.api(), { groupId: group.id, name: 'S', value: 'new', actor });
    await deleteSecret(world.api(), { groupId: group.id, name: 'S', actor });
    await setVariables(world.api(), { owner: world.own, changes: { V: null }, actor });
    expect(await openConfiguration(world.inner(), spec)).toEqual({ S: 'old', V: 'old' });
    expect(await openConfiguration(world.inner(), await world.frozen())).toEqual({});
  });

  it('says which group is missing, and refuses wrong names in the file', async () => {
    expect(await world.freeze({}, ['model-registry'])).toMatchObject({
      reason: 'secret_missing',
      message: expect.stringContaining('"model-registry"'),
    });
    expect(await world.freeze({ PORT: '80' })).toMatchObject({
      reason: 'config_invalid',
      message: expect.stringContaining('PORT'),
    });
  });

  it('does not open a value whose row was changed or swapped for another', async () => {
    await setVariables(world.api(), { owner: world.own, changes: { A: 'a', B: 'b' }, actor });
    const spec = await world.frozen();
    const [a, b] = spec.variables;
    if (!a || !b) throw new Error('nothing was frozen');
    await expect(
      openConfiguration(world.inner(), { variables: [{ ...a, sealed: b.sealed }], secrets: [] }),
    ).rejects.toThrow(ConfigurationUnreadable);
    await expect(openConfiguration(world.inner(), { variables: [], secrets: [a] })).rejects.toThrow(
      ConfigurationUnreadable,
    );
    await world.db.pool.query('UPDATE sealed_value SET owner = $1 WHERE id = $2', ['svc_other', a.sealed]);
    await expect(openConfiguration(world.inner(), spec)).rejects.toThrow('The variable A, version 1, does not open');
    await world.db.pool.query('DELETE FROM sealed_value WHERE id = $1', [a.sealed]);
    await expect(openConfiguration(world.inner(), spec)).rejects.toThrow('no longer kept');
  });
});

describe('keeping', () => {
  it('removes versions only when no release can be gone back to with them', async () => {
    const set = (value: string | null) => setVariables(world.api(), { owner: world.own, changes: { A: value }, actor });
    const kept = async () =>
      (
        await world.db.pool.query<{ version: number }>(
          'SELECT version FROM sealed_value WHERE owner = $1 ORDER BY version',
          [world.serviceId],
        )
      ).rows.map(({ version }) => version);
    await set('1');
    const image = await world.makeRelease(1, await world.frozen());
    await set('2');
    await set('3');
    await collectSealedValues({ db: world.db });
    expect(await kept()).toEqual([1, 2, 3]);
    await collectSealedValues({ db: world.db }, 0);
    expect(await kept()).toEqual([1, 3]);
    await world.db.pool.query('UPDATE image SET removed_at = now() WHERE digest = $1', [image]);
    await collectSealedValues({ db: world.db }, 0);
    expect(await kept()).toEqual([3]);
    await set(null);
    await collectSealedValues({ db: world.db }, 0);
    expect(await kept()).toEqual([]);
    expect((await set('4')).changes).toEqual([{ name: 'A', change: 'created', version: 4 }]);
  });

  it('seals all values again for a new key, after which the old one is not needed', async () => {
    const group = await createSecretGroup(world.api(), { environmentId: world.environmentId, slug: 'hub', actor });
    await attachSecretGroups(world.api(), {
      environmentId: world.environmentId,
      serviceId: world.serviceId,
      groups: ['hub'],
      actor,
    });
    await setSecret(world.api(), { groupId: group.id, name: 'S', value: 'kept', actor });
    const spec = await world.frozen();
    const added = await rotateKeysFile(world.keysPath, 'secret');
    const rotated = await world.reloadKeys();
    const keys = { sealer: sealerFor(rotated, 'secret'), opener: openerFor(rotated, 'secret') };
    const done = await resealValues({ db: world.db, log: silentLog }, 'secret', keys, AbortSignal.timeout(240_000));
    expect(done.resealed).toBeGreaterThan(0);
    const newestOnly: KeyRing = {
      ...rotated,
      pairs: { ...rotated.pairs, secret: rotated.pairs.secret.filter(({ id }) => id === added) },
    };
    expect(await openConfiguration({ ...world.inner(), secretOpener: openerFor(newestOnly, 'secret') }, spec)).toEqual({
      S: 'kept',
    });
    expect(
      await resealValues({ db: world.db, log: silentLog }, 'secret', keys, AbortSignal.timeout(240_000)),
    ).toMatchObject({
      resealed: 0,
    });
  });
});
