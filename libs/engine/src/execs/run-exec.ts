import { ownCluster, type ServiceId } from '@sconce/core';
import { type ExecRow, findClusterOf } from '@sconce/db';
import { ExecRefused, execution, type RunningExec, RuntimeUnavailable } from '@sconce/ports';
import type { KnownClusters } from '../clusters/known-clusters.ts';
import type { Deps } from '../deps.ts';

/** Begins it where its replica is. Throws `ExecRefused`, `RuntimeUnavailable`. */
export async function runExec(deps: Deps & { readonly clusters: KnownClusters }, exec: ExecRow): Promise<RunningExec> {
  const { clusters, db } = deps;
  const name = (await findClusterOf(db.tx, exec.environmentId)) ?? ownCluster;
  // Credentials may have changed since; nobody else looks in a process that does not lead.
  if (name !== ownCluster) await clusters.refresh();
  const runtime = clusters.get(name);
  if (runtime === null) throw new RuntimeUnavailable(`The cluster ${name} was removed`);
  const power = execution(runtime);
  if (power === null) throw new ExecRefused('not_allowed', 'No commands are run in replicas where this one is.');
  const { serviceId, replicaId, container, command, columns, rows } = exec;
  return power.exec({
    replica: { service: serviceId as ServiceId, id: replicaId },
    sidecar: container,
    command,
    terminal: columns === null || rows === null ? null : { columns, rows },
  });
}
