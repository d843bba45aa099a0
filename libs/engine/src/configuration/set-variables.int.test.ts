import { readStream } from '@sconce/db';
import { newId } from '@sconce/foundation';
import { describe, expect, it } from 'vitest';
import { listServiceVariables, listVariables } from './list-variables.ts';
import { setVariables } from './set-variables.ts';
import { actor, configurationWorld } from './testing/configuration-world.ts';

const world = configurationWorld();

describe('variables', () => {
  it('are set, changed and removed many at once, with versions that only rise', async () => {
    const set = (changes: Record<string, string | null>) =>
      setVariables(world.api(), { owner: world.own, changes, actor });
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
    const listed = await listVariables(world.api(), world.own);
    expect(listed.variables.map(({ name, value, version, updatedBy }) => [name, value, version, updatedBy])).toEqual([
      ['A', '2', 2, actor],
      ['B', '', 2, actor],
      ['C', 'x=y\nz', 1, actor],
    ]);
  });

  it('are replaced whole where that is asked for', async () => {
    await setVariables(world.api(), { owner: world.own, changes: { A: '1', B: '2' }, actor });
    const { changes } = await setVariables(world.api(), {
      owner: world.own,
      changes: { B: '2', C: '3' },
      replace: true,
      actor,
    });
    expect(changes.map(({ name, change }) => [name, change])).toEqual([
      ['A', 'removed'],
      ['B', 'unchanged'],
      ['C', 'created'],
    ]);
  });

  it('of a service are listed with the layers below, as its next release gets them', async () => {
    const file = { env: { A: 'file', B: 'file', C: 'file' } };
    await world.db.pool.query('UPDATE service SET file_settings = $2 WHERE id = $1', [
      world.serviceId,
      JSON.stringify(file),
    ]);
    await setVariables(world.api(), { owner: world.shared, changes: { B: 'environment', C: 'environment' }, actor });
    await setVariables(world.api(), { owner: world.own, changes: { C: 'service' }, actor });
    await world.frozen(file.env);
    const { variables } = await listServiceVariables(world.api(), world.own);
    expect(variables.map(({ name, value, source, version }) => [name, value, source, version])).toEqual([
      ['A', 'file', 'file', 1],
      ['B', 'environment', 'environment', 1],
      ['C', 'service', 'service', 1],
    ]);
  });

  it('change nothing when one of them is wrong', async () => {
    const attempt = setVariables(world.api(), {
      owner: world.own,
      changes: { GOOD: '1', PORT: '80', 'NOT-A-NAME': 'x' },
      actor,
    });
    await expect(attempt).rejects.toMatchObject({
      code: 'invalid',
      errors: [
        { path: 'PORT', code: 'reserved_name' },
        { path: 'NOT-A-NAME', code: 'invalid_name' },
      ],
    });
    expect((await listVariables(world.api(), world.own)).variables).toEqual([]);
  });

  it('refuse what no process could be given, together with all that stands, and keep nothing of it', async () => {
    const half = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`A${index}`, 'x'.repeat(32 * 1024)]));
    const rest = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`B${index}`, 'x'.repeat(32 * 1024)]));
    await setVariables(world.api(), { owner: world.own, changes: half, actor });
    await expect(setVariables(world.api(), { owner: world.own, changes: rest, actor })).rejects.toMatchObject({
      code: 'limit_reached',
    });
    expect((await listVariables(world.api(), world.own)).variables).toHaveLength(9);
    await setVariables(world.api(), { owner: world.shared, changes: rest, actor });
    expect(await world.freeze()).toMatchObject({ reason: 'config_invalid' });
  });

  it('are changed only as they were seen, where a revision is given', async () => {
    const seen = (await listVariables(world.api(), world.own)).revision;
    const first = await setVariables(world.api(), {
      owner: world.own,
      changes: { A: '1' },
      expectedRevision: seen,
      actor,
    });
    await expect(
      setVariables(world.api(), { owner: world.own, changes: { A: '2' }, expectedRevision: seen, actor }),
    ).rejects.toMatchObject({ code: 'precondition_failed' });
    await setVariables(world.api(), { owner: world.own, changes: { A: '2' }, expectedRevision: first.revision, actor });
  });

  it('give each of many writers at once a version of its own', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        setVariables(world.api(), { owner: world.own, changes: { A: `value ${index}` }, actor }),
      ),
    );
    const [listed] = (await listVariables(world.api(), world.own)).variables;
    expect(listed?.version).toBe(12);
  });

  it('make no version and no event when nothing changes, and none in a dry run', async () => {
    await setVariables(world.api(), { owner: world.own, changes: { A: '1' }, actor });
    expect((await setVariables(world.api(), { owner: world.own, changes: { A: '1' }, actor })).changes).toEqual([
      { name: 'A', change: 'unchanged', version: 1 },
    ]);
    expect(
      (await setVariables(world.api(), { owner: world.own, changes: { A: '2' }, dryRun: true, actor })).changes,
    ).toEqual([{ name: 'A', change: 'updated', version: 2 }]);
    expect((await listVariables(world.api(), world.own)).variables.map(({ value }) => value)).toEqual(['1']);
    const happened = await readStream(world.db.tx, '0.0', 500);
    expect(happened.filter(({ serviceId }) => serviceId === world.serviceId)).toHaveLength(1);
  });

  it('of an owner that is not there are not found', async () => {
    const gone = { environmentId: world.environmentId, serviceId: newId('svc') };
    await expect(setVariables(world.api(), { owner: gone, changes: { A: '1' }, actor })).rejects.toMatchObject({
      code: 'not_found',
    });
    const elsewhere = { environmentId: newId('env'), serviceId: world.serviceId };
    await expect(setVariables(world.api(), { owner: elsewhere, changes: { A: '1' }, actor })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
