import { describe, expect, it } from 'vitest';
import { attachSecretGroups, createSecretGroup, deleteSecretGroup, listSecretGroups } from './secret-groups.ts';
import { deleteSecret, listSecrets, setSecret, setSecrets } from './set-secrets.ts';
import { setVariables } from './set-variables.ts';
import { actor, configurationWorld } from './testing/configuration-world.ts';

const world = configurationWorld();
const planted = 'planted-7f3a9c-secret-value';

describe('secrets', () => {
  it('tell their name, version and fingerprint, and a group says who uses it', async () => {
    const group = await createSecretGroup(world.api(), { environmentId: world.environmentId, slug: 'hub', actor });
    await setSecret(world.api(), { groupId: group.id, name: 'TOKEN', value: planted, actor });
    await setSecret(world.api(), { groupId: group.id, name: 'TOKEN', value: `${planted}-2`, actor });
    await attachSecretGroups(world.api(), {
      environmentId: world.environmentId,
      serviceId: world.serviceId,
      groups: ['hub'],
      actor,
    });
    const { secrets } = await listSecrets(world.api(), group.id);
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
    expect(await listSecretGroups(world.api(), world.environmentId)).toMatchObject([
      { slug: 'hub', secrets: 1, attachedTo: ['resnet50'] },
    ]);
  });

  it('cannot be attached from a group that is not there, and a group in use cannot be removed', async () => {
    await expect(
      attachSecretGroups(world.api(), {
        environmentId: world.environmentId,
        serviceId: world.serviceId,
        groups: ['absent'],
        actor,
      }),
    ).rejects.toMatchObject({
      code: 'invalid',
      errors: [{ path: 'secretGroups[0]', code: 'unknown_group' }],
    });
    const group = await createSecretGroup(world.api(), { environmentId: world.environmentId, slug: 'hub', actor });
    await expect(
      createSecretGroup(world.api(), { environmentId: world.environmentId, slug: 'hub', actor }),
    ).rejects.toMatchObject({
      code: 'already_exists',
    });
    await attachSecretGroups(world.api(), {
      environmentId: world.environmentId,
      serviceId: world.serviceId,
      groups: ['hub'],
      actor,
    });
    await expect(deleteSecretGroup(world.api(), { groupId: group.id, actor })).rejects.toMatchObject({
      code: 'conflict',
    });
    await attachSecretGroups(world.api(), {
      environmentId: world.environmentId,
      serviceId: world.serviceId,
      groups: [],
      actor,
    });
    await deleteSecretGroup(world.api(), { groupId: group.id, actor });
    expect(await listSecretGroups(world.api(), world.environmentId)).toEqual([]);
    await expect(setSecret(world.api(), { groupId: group.id, name: 'A', value: 'x', actor })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('go on counting versions in a group that was removed and made again, and hold nothing of before', async () => {
    const group = await createSecretGroup(world.api(), { environmentId: world.environmentId, slug: 'hub', actor });
    await setSecret(world.api(), { groupId: group.id, name: 'A', value: 'one', actor });
    await deleteSecretGroup(world.api(), { groupId: group.id, actor });
    const again = await createSecretGroup(world.api(), { environmentId: world.environmentId, slug: 'hub', actor });
    expect((await listSecrets(world.api(), again.id)).secrets).toEqual([]);
    expect((await setSecret(world.api(), { groupId: again.id, name: 'A', value: 'one', actor })).changes).toEqual([
      { name: 'A', change: 'created', version: 2 },
    ]);
  });

  it('that are not there cannot be removed', async () => {
    const group = await createSecretGroup(world.api(), { environmentId: world.environmentId, slug: 'hub', actor });
    await expect(deleteSecret(world.api(), { groupId: group.id, name: 'A', actor })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('are readable nowhere: no table, no event, no error', async () => {
    const group = await createSecretGroup(world.api(), { environmentId: world.environmentId, slug: 'hub', actor });
    await setSecrets(world.api(), { groupId: group.id, changes: { TOKEN: planted, OTHER: `x${planted}x` }, actor });
    await setVariables(world.api(), { owner: world.own, changes: { SHOWN: 'also-sealed-at-rest-42' }, actor });
    const failures = await Promise.allSettled([
      setSecret(world.api(), { groupId: group.id, name: 'BAD', value: `${planted}\0`, actor }),
      setSecret(world.api(), { groupId: group.id, name: 'BAD', value: planted.repeat(2_000), actor }),
      setSecret(world.api(), { groupId: group.id, name: '1BAD', value: planted, actor }),
    ]);
    for (const failure of failures) {
      if (failure.status === 'fulfilled') throw new Error('was not refused');
      const { name, message, errors, hint, stack } = failure.reason as Error & { errors: unknown; hint: unknown };
      expect(JSON.stringify({ name, message, errors, hint, stack })).not.toContain(planted);
    }
    await attachSecretGroups(world.api(), {
      environmentId: world.environmentId,
      serviceId: world.serviceId,
      groups: ['hub'],
      actor,
    });
    await world.makeRelease(1, await world.frozen({ FROM_FILE: 'sealed-from-file-42' }));
    const everything = await world.dump();
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
