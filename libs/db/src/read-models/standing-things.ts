import type { Tx } from '../database.ts';

export interface StandingThings {
  readonly services: readonly {
    readonly projectSlug: string;
    readonly environmentSlug: string;
    readonly serviceSlug: string;
  }[];
  /** `project/environment/name`. Volumes belong to an environment and outlive the services that wrote to them. */
  readonly volumes: readonly string[];
}

/**
 * What stands in a place: services, and every volume that a release there ever named, also one of a service that is deleted. A release that
 * was never started made none; it is named here all the same, since asking once too often costs less than data.
 */
export async function readStandingThings(
  tx: Tx,
  place: { readonly projectId: string } | { readonly environmentId: string } | { readonly serviceId: string },
): Promise<StandingThings> {
  const project = 'projectId' in place ? place.projectId : null;
  const environment = 'environmentId' in place ? place.environmentId : null;
  const service = 'serviceId' in place ? place.serviceId : null;
  const services = await tx.$queryRaw<StandingThings['services'][number][]>`
    SELECT p.slug AS "projectSlug", e.slug AS "environmentSlug", s.slug AS "serviceSlug"
    FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
    WHERE (p.id = ${project} OR e.id = ${environment} OR s.id = ${service}) AND s.deleted_at IS NULL AND e.deleted_at IS NULL ORDER BY s.id`;
  const volumes = await tx.$queryRaw<{ path: string }[]>`
    SELECT DISTINCT p.slug || '/' || e.slug || '/' || (v->>'name') AS path
    FROM release r JOIN service s ON s.id = r.service_id JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id,
      jsonb_array_elements(r.spec->'volumes') v
    WHERE (p.id = ${project} OR e.id = ${environment} OR s.id = ${service}) AND e.deleted_at IS NULL ORDER BY path`;
  return { services, volumes: volumes.map(({ path }) => path) };
}
