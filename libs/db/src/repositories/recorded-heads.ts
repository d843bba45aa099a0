import type { Tx } from '../database.ts';

/**
 * What was recorded last of each ref of a built-in repository, by ref: the newest known head, or what a delivery that still waits says.
 * Null: it was deleted.
 */
export async function findRecordedHeads(tx: Tx, repositoryId: string): Promise<Map<string, string | null>> {
  const heads = await tx.refHead.findMany({ where: { repositoryId }, select: { ref: true, commit: true } });
  const recorded = new Map(heads.map((head) => [head.ref, head.commit]));
  const waiting = await tx.$queryRaw<{ body: Uint8Array }[]>`
    SELECT body FROM delivery WHERE host = 'builtin' AND phase = 'received' ORDER BY position`;
  for (const { body } of waiting) {
    const push = JSON.parse(Buffer.from(body).toString('utf8')) as { repository: string; ref: string; after: string };
    if (push.repository === repositoryId) recorded.set(push.ref, /^0+$/.test(push.after) ? null : push.after);
  }
  return recorded;
}
