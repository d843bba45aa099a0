import type { Tx } from '../database.ts';
import { toReleaseName } from '../read-models/names.ts';

export interface NewExec {
  readonly id: string;
  readonly serviceId: string;
  readonly environmentId: string;
  readonly replicaId: string;
  readonly replicaName: string;
  readonly container: string | null;
  readonly command: readonly string[];
  readonly columns: number | null;
  readonly rows: number | null;
  readonly tokenId: string;
  readonly createdAt: Date;
}

export interface ExecRow extends NewExec {
  readonly ticketHash: string | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly exitCode: number | null;
  readonly reason: string | null;
}

export async function insertExec(tx: Tx, exec: NewExec): Promise<ExecRow> {
  return tx.exec.create({ data: { ...exec, command: [...exec.command] } });
}

export async function findExec(tx: Tx, id: string): Promise<ExecRow | null> {
  return tx.exec.findUnique({ where: { id } });
}

/** Gives it the ticket by which it is taken. False: it has one already. */
export async function giveExecTicket(tx: Tx, id: string, ticketHash: string): Promise<boolean> {
  const { count } = await tx.exec.updateMany({ where: { id, ticketHash: null }, data: { ticketHash } });
  return count === 1;
}

/** Takes it to run it. Null: it was taken before, or that is not its ticket. */
export async function takeExec(tx: Tx, id: string, ticketHash: string, at: Date): Promise<ExecRow | null> {
  const { count } = await tx.exec.updateMany({ where: { id, ticketHash, startedAt: null }, data: { startedAt: at } });
  return count === 1 ? findExec(tx, id) : null;
}

export async function endExec(
  tx: Tx,
  id: string,
  end: { readonly at: Date; readonly exitCode: number | null; readonly reason: string | null },
): Promise<void> {
  const { at, exitCode, reason } = end;
  await tx.exec.updateMany({ where: { id, endedAt: null }, data: { endedAt: at, exitCode, reason } });
}

export async function removeOldExecs(tx: Tx, before: Date): Promise<void> {
  await tx.exec.deleteMany({ where: { createdAt: { lt: before } } });
}

export interface ExecReplica {
  readonly id: string;
  readonly name: string;
  readonly health: string;
  readonly message: string | null;
  readonly routed: boolean;
  readonly createdAt: Date;
  readonly release: { readonly number: number; readonly name: string };
  /** Names of its sidecars. */
  readonly sidecars: readonly string[];
}

/** Where commands can be run for a service. */
export async function listExecReplicas(tx: Tx, serviceId: string): Promise<ExecReplica[]> {
  const rows = await tx.replica.findMany({
    where: { serviceId },
    select: { id: true, name: true, health: true, message: true, routed: true, createdAt: true, releaseId: true },
  });
  const ids = [...new Set(rows.map(({ releaseId }) => releaseId))];
  const releases = new Map(
    (await tx.release.findMany({ where: { id: { in: ids } }, select: { id: true, number: true, spec: true } })).map(
      (release) => [release.id, release],
    ),
  );
  return rows.flatMap(({ releaseId, ...row }) => {
    const release = releases.get(releaseId);
    if (!release) return [];
    const { sidecars = [] } = release.spec as { sidecars?: readonly { readonly name: string }[] };
    return [{ ...row, release: toReleaseName(release), sidecars: sidecars.map(({ name }) => name) }];
  });
}
