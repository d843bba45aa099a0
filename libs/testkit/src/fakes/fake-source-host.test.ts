import type { SourceRepository } from '@sconce/ports';
import { describe, expect, it } from 'vitest';
import { sourceHostContract } from '../contract/source-host-contract.ts';
import { fakeSourceHost } from './fake-source-host.ts';

const repository: SourceRepository = {
  host: 'builtin',
  hostId: 'rpo_fake',
  fullName: 'team/app',
  installationId: null,
};

sourceHostContract(
  'the fake',
  async () => {
    const host = fakeSourceHost();
    return {
      host,
      repository,
      missing: { ...repository, hostId: 'rpo_none' },
      commit: async (change) => host.commit(repository, change),
      fixture: null,
      close: async () => undefined,
    };
  },
  {
    hostile_trees: 'its trees are lists of files that tests write',
    annotated_tags: 'it has no tag objects',
    links_as_files: 'it writes links as they are',
  },
);

describe('the fake source host', () => {
  it('is away when told so, and counts calls', async () => {
    const host = fakeSourceHost();
    const signal = new AbortController().signal;
    host.commit(repository, { ref: 'refs/heads/main', files: {} });
    host.setAway(true);
    await expect(host.resolveRef(repository, 'refs/heads/main', signal)).rejects.toMatchObject({
      name: 'SourceUnavailable',
    });
    host.setAway(false);
    host.deleteRef(repository, 'refs/heads/main');
    expect(await host.resolveRef(repository, 'refs/heads/main', signal)).toBeNull();
    expect(host.calls).toEqual({ resolveRef: 2 });
  });
});
