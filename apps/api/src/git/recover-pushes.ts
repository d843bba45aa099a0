import { findRecordedHeads, listRepositories, type RepositoryRow } from '@sconce/db';
import { recordDeliveries } from '@sconce/engine';
import type { ApiContext } from '../context.ts';
import { toDelivery } from './take-git-request.ts';

/**
 * A crash between git's move of a ref and the record of it leaves a ref that nobody heard of. At start each repository's refs are
 * compared with what was recorded last, and a delivery is made for each difference. Running twice makes none twice.
 */
export async function recoverPushes(context: ApiContext): Promise<number> {
  const { deps } = context;
  let recovered = 0;
  for (let after: string | null = null; ; ) {
    const page: RepositoryRow[] = await listRepositories(
      deps.db.tx,
      { projectId: null, kind: 'builtin' },
      { limit: 100, after, order: 'oldest' },
    );
    for (const repository of page) {
      if (context.stopping.aborted) return recovered;
      recovered += await recoverRepository(context, repository).catch((error: unknown) => {
        deps.log.warn({ err: error, repository: repository.id }, 'could not compare a repository with its record');
        return 0;
      });
    }
    after = page.at(-1)?.id ?? null;
    if (page.length < 100 || after === null) {
      context.metrics.count('sconce_push_sweeps');
      return recovered;
    }
  }
}

async function recoverRepository(context: ApiContext, repository: RepositoryRow): Promise<number> {
  await context.git.ensure(repository.id);
  const refs = await context.git.refs(repository.id);
  const recorded = await findRecordedHeads(context.deps.db.tx, repository.id);
  const nothing = '0'.repeat(40);
  const moved = refs.filter(({ ref, sha }) => /^refs\/(?:heads|tags)\//.test(ref) && recorded.get(ref) !== sha);
  const gone = [...recorded].filter(([ref, sha]) => sha !== null && !refs.some((standing) => standing.ref === ref));
  const updates = [
    ...moved.map(({ ref, sha }) => ({ ref, before: recorded.get(ref) ?? nothing, after: sha })),
    ...gone.map(([ref, sha]) => ({ ref, before: sha ?? nothing, after: nothing })),
  ];
  if (updates.length === 0) return 0;
  context.deps.log.warn(
    { repository: repository.id, refs: updates.map(({ ref }) => ref).slice(0, 20) },
    'refs had moved without a record',
  );
  // Without a nonce of its own: a second sweep before these are processed finds them recorded.
  await recordDeliveries(
    context.deps,
    updates.map((update) => toDelivery(repository.id, update, null, 'recovered')),
  );
  return updates.length;
}
