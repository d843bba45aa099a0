import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@sconce/foundation';
import type { SourceRepository } from '@sconce/ports';
import { gitFixture, sourceHostContract, temporaryDirectory } from '@sconce/testkit';
import { describe, expect, it } from 'vitest';
import { createBuiltinSourceHost } from './builtin-source-host.ts';
import { createRepository } from './repository-store.ts';

sourceHostContract('source-builtin', async () => {
  const folder = temporaryDirectory('git');
  const id = newId('rpo');
  const fixture = gitFixture(await createRepository(folder.path, id));
  const repository: SourceRepository = { host: 'builtin', hostId: id, fullName: 'team/app', installationId: null };
  return {
    host: createBuiltinSourceHost({ gitDirectory: folder.path }),
    repository,
    missing: { ...repository, hostId: newId('rpo') },
    commit: (change) => fixture.commit(change),
    fixture,
    close: async () => folder.remove(),
  };
});

describe('source-builtin', () => {
  it('leaves an empty folder when it fails half way, so that trying again works', async () => {
    const folder = temporaryDirectory('git');
    const id = newId('rpo');
    const fixture = gitFixture(await createRepository(folder.path, id));
    const host = createBuiltinSourceHost({ gitDirectory: folder.path });
    const repository: SourceRepository = { host: 'builtin', hostId: id, fullName: 'team/app', installationId: null };
    const { sha } = await fixture.commit({ files: { a: '1', 'd/e': '2', z: '3' } });
    const into = join(folder.path, 'into');
    // A folder where a file has to go.
    await mkdir(join(into, 'z'), { recursive: true });
    const signal = new AbortController().signal;
    await expect(host.checkOut(repository, sha, into, signal)).rejects.toThrow();
    expect(await readdir(into)).toEqual([]);
    await host.checkOut(repository, sha, into, signal);
    expect((await readdir(into)).toSorted()).toEqual(['a', 'd', 'z']);
    folder.remove();
  });
});
