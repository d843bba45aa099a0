import { readdir } from 'node:fs/promises';
import { newId } from '@sconce/foundation';
import { temporaryDirectory } from '@sconce/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, deleteRepository, repositoryDirectory } from './repository-store.ts';

describe('repository store', () => {
  let folder: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    folder = temporaryDirectory('store');
  });
  afterEach(() => folder.remove());

  it('makes one whole repository, however many ask at once', async () => {
    const id = newId('rpo');
    const made = await Promise.all([1, 2, 3].map(() => createRepository(folder.path, id)));
    expect(new Set(made)).toEqual(new Set([`${folder.path}/${id}.git`]));
    expect(await readdir(folder.path)).toEqual([`${id}.git`]);
    expect((await readdir(made[0] ?? '')).includes('hooks')).toBe(false);
  });

  it('removes it, twice as well', async () => {
    const id = newId('rpo');
    await createRepository(folder.path, id);
    await deleteRepository(folder.path, id);
    await deleteRepository(folder.path, id);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('makes no path of what is no id', () => {
    for (const id of ['rpo_../../etc', '../x', '', 'prj_00000000000000000000000000']) {
      expect(() => repositoryDirectory(folder.path, id as never)).toThrow(/no repository id/);
    }
  });
});
