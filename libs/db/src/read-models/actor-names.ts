import type { Tx } from '../database.ts';

/** Names of people (`usr_...`) and tokens (`tok_...`), also of those that are gone: what they did stays theirs. Others are not in the answer. */
export async function readActorNames(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const of = (prefix: string) => [...new Set(ids)].filter((id) => id.startsWith(prefix));
  const select = { id: true, name: true } as const;
  const [people, tokens] = [
    await tx.user.findMany({ where: { id: { in: of('usr_') } }, select }),
    await tx.token.findMany({ where: { id: { in: of('tok_') } }, select }),
  ];
  return new Map([...people, ...tokens].map(({ id, name }) => [id, name]));
}
