import { chooseExecReplica } from '@sconce/core';
import { type ExecReplica, type ExecRow, insertExec, listExecReplicas } from '@sconce/db';
import { newId } from '@sconce/foundation';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';

export interface CreateExec {
  readonly service: string;
  readonly environment: string;
  /** By name or id; null: one that serves. */
  readonly replica: string | null;
  /** A sidecar's name; null: the replica's own process. */
  readonly container: string | null;
  /** Empty: the image's shell. */
  readonly command: readonly string[];
  readonly terminal: { readonly columns: number; readonly rows: number } | null;
  /** Who may open it. */
  readonly tokenId: string;
}

/** Writes down what may be run, and where; it begins when it is opened. Throws `Rejection` invalid, conflict. */
export async function createExec(deps: Deps, input: CreateExec): Promise<ExecRow> {
  const { service: serviceId, environment: environmentId, container, command, terminal, tokenId } = input;
  const replica = decideReplica(await listExecReplicas(deps.db.tx, serviceId), input);
  return insertExec(deps.db.tx, {
    id: newId('exe'),
    serviceId,
    environmentId,
    replicaId: replica.id,
    replicaName: replica.name,
    container,
    command,
    columns: terminal?.columns ?? null,
    rows: terminal?.rows ?? null,
    tokenId,
    createdAt: new Date(deps.clock.now()),
  });
}

function decideReplica(replicas: readonly ExecReplica[], { replica: wanted, container }: CreateExec): ExecReplica {
  const found = chooseExecReplica(replicas, wanted);
  if (found === null && wanted === null)
    throw new Rejection('conflict', 'The service has no replica that runs now', {
      hint: replicas[0]?.message ?? 'A request wakes one that sleeps; `sconce status` says what it does.',
    });
  if (found === null)
    throw noSuch(
      'replica',
      'replica',
      replicas.map(({ name }) => name),
    );
  if (found.health === 'exited')
    throw new Rejection('conflict', `${found.name} does not run now`, { hint: found.message });
  if (container !== null && !found.sidecars.includes(container)) throw noSuch('container', 'sidecar', found.sidecars);
  return found;
}

function noSuch(path: string, noun: string, names: readonly string[]): Rejection {
  const known = names.length > 0 ? `there is ${names.slice(0, 5).join(', ')}` : 'there is none';
  const message = `There is no such ${noun} now: ${known}`;
  return new Rejection('invalid', `${path}: ${message}`, { errors: [{ path, code: `no_such_${noun}`, message }] });
}
