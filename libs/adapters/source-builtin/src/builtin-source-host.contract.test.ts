import { newId } from '@sconce/foundation';
import type { SourceRepository } from '@sconce/ports';
import { gitFixture, sourceHostContract, temporaryDirectory } from '@sconce/testkit';
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
