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

/** A push that is being taken right now has moved its ref and is about to be recorded: what still differs after this pause is lost. */
const pushMs = 2_000;

interface Move {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  /** The delivery that said `before`: with it in the id, a second sweep makes nothing twice, and a later loss of the same kind is not taken for this one. */
  readonly since: string;
}

async function recoverRepository(context: ApiContext, repository: RepositoryRow): Promise<number> {
  await context.git.ensure(repository.id);
  if ((await findMoves(context, repository.id)).length === 0) return 0;
  await context.deps.clock.sleep(pushMs, context.stopping);
  const moves = await findMoves(context, repository.id);
  if (moves.length === 0) return 0;
  const refs = moves.map(({ ref }) => ref).slice(0, 20);
  context.deps.log.warn({ repository: repository.id, refs }, 'refs had moved without a record');
  const deliveries = moves.map((move) => toDelivery(repository.id, move, null, `recovered since ${move.since}`));
  await recordDeliveries(context.deps, deliveries);
  return moves.length;
}

async function findMoves(context: ApiContext, repositoryId: string): Promise<Move[]> {
  const nothing = '0'.repeat(40);
  const standing = new Map((await context.git.refs(repositoryId)).map(({ ref, sha }) => [ref, sha]));
  const recorded = await findRecordedHeads(context.deps.db.tx, repositoryId);
  const refs = [...new Set([...standing.keys(), ...recorded.keys()])].filter((ref) =>
    /^refs\/(?:heads|tags)\//.test(ref),
  );
  return refs.flatMap((ref) => {
    const head = recorded.get(ref);
    const before = head?.commit ?? nothing;
    const after = standing.get(ref) ?? nothing;
    return before === after ? [] : [{ ref, before, after, since: head?.deliveryId ?? 'the beginning' }];
  });
}
