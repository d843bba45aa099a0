import type { EnvironmentId, ServiceId } from '@sconce/core';
import type { Tx } from '../database.ts';

/** Of these services: those that are deleted, themselves or with their environment or project. Unknown ones are not among them. */
export async function findDeletedServices(tx: Tx, ids: readonly ServiceId[]): Promise<ServiceId[]> {
  const rows = await tx.$queryRaw<{ id: ServiceId }[]>`
    SELECT s.id FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
    WHERE s.id = ANY(${[...ids]}) AND (s.deleted_at IS NOT NULL OR e.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL)`;
  return rows.map((row) => row.id);
}

/** Of these environments: those that are deleted, themselves or with their project, and have no replica left. Unknown ones are not among them. */
export async function findDeletedEnvironments(tx: Tx, ids: readonly EnvironmentId[]): Promise<EnvironmentId[]> {
  const rows = await tx.$queryRaw<{ id: EnvironmentId }[]>`
    SELECT e.id FROM environment e JOIN project p ON p.id = e.project_id
    WHERE e.id = ANY(${[...ids]}) AND (e.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM replica x JOIN service s ON s.id = x.service_id WHERE s.environment_id = e.id)`;
  return rows.map((row) => row.id);
}
