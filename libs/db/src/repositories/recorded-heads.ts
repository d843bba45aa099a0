import type { Tx } from '../database.ts';

export interface RecordedHead {
  /** Null: the ref was deleted. */
  readonly commit: string | null;
  /** The delivery that says so. */
  readonly deliveryId: string;
}

/** What was recorded last of each ref of a built-in repository: the newest known head, or what a delivery that still waits says. */
export async function findRecordedHeads(tx: Tx, repositoryId: string): Promise<Map<string, RecordedHead>> {
  const heads = await tx.refHead.findMany({
    where: { repositoryId },
    select: { ref: true, commit: true, deliveryId: true },
  });
  const recorded = new Map<string, RecordedHead>(heads.map(({ ref, ...head }) => [ref, head]));
  const waiting = await tx.$queryRaw<{ id: string; body: Uint8Array }[]>`
    SELECT id, body FROM delivery WHERE host = 'builtin' AND phase = 'received' ORDER BY position`;
  for (const { id, body } of waiting) {
    const push = JSON.parse(Buffer.from(body).toString('utf8')) as { repository: string; ref: string; after: string };
    if (push.repository !== repositoryId) continue;
    recorded.set(push.ref, { commit: /^0+$/.test(push.after) ? null : push.after, deliveryId: id });
  }
  return recorded;
}
