import type { ServiceId } from '@sconce/core';
import type { VariableOwner } from '../configuration/variable-store.ts';
import type { Tx } from '../database.ts';

/** The owner's services that run something or are about to, oldest first. */
export async function findDeployedServices(tx: Tx, owner: VariableOwner, limit: number): Promise<ServiceId[]> {
  const rows = await tx.$queryRaw<{ id: ServiceId }[]>`
    SELECT id FROM service
    WHERE environment_id = ${owner.environmentId} AND (${owner.serviceId}::text IS NULL OR id = ${owner.serviceId}) AND deleted_at IS NULL
      AND (desired_release_id IS NOT NULL OR live_release_id IS NOT NULL)
    ORDER BY created_at, id LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}
