import type { DeliveryHost } from '@sconce/core';
import type { Tx } from '../database.ts';

/** A repository that a push is about, in one of the projects that know it. */
export interface PushedRepository {
  readonly id: string;
  readonly projectId: string;
  readonly projectSlug: string;
  readonly kind: DeliveryHost;
  readonly hostId: string;
  readonly fullName: string;
  readonly installationId: string | null;
}

export interface PushRule {
  readonly projectId: string;
  readonly environmentId: string;
  readonly environmentSlug: string;
  readonly repositoryId: string | null;
  readonly branches: readonly string[];
  readonly position: number;
}

/** A service of a project that a push reaches; also of other repositories, since their names are taken. */
export interface PushService {
  readonly id: string;
  readonly environmentId: string;
  readonly slug: string;
  readonly repositoryId: string | null;
  readonly buildSettings: object;
  readonly fileSettings: object;
  readonly secretGroups: readonly string[];
  /** Commit of its newest build from the ref that did not fail, is not overtaken and was not cancelled. */
  readonly builtCommit: string | null;
}

export async function findPushedRepositories(tx: Tx, host: DeliveryHost, hostId: string): Promise<PushedRepository[]> {
  return tx.$queryRaw<PushedRepository[]>`
    SELECT r.id, r.project_id AS "projectId", p.slug AS "projectSlug", r.kind, r.host_id AS "hostId", r.full_name AS "fullName",
      r.installation_id AS "installationId"
    FROM repository r JOIN project p ON p.id = r.project_id
    WHERE r.kind = ${host} AND r.host_id = ${hostId} AND r.deleted_at IS NULL AND p.deleted_at IS NULL ORDER BY r.id`;
}

export async function findPushedRepository(tx: Tx, id: string): Promise<PushedRepository | null> {
  const rows = await tx.$queryRaw<PushedRepository[]>`
    SELECT r.id, r.project_id AS "projectId", p.slug AS "projectSlug", r.kind, r.host_id AS "hostId", r.full_name AS "fullName",
      r.installation_id AS "installationId"
    FROM repository r JOIN project p ON p.id = r.project_id
    WHERE r.id = ${id} AND r.deleted_at IS NULL AND p.deleted_at IS NULL`;
  return rows[0] ?? null;
}

/** Rules of living environments, in order. */
export async function readPushRules(tx: Tx, projectIds: readonly string[]): Promise<PushRule[]> {
  return tx.$queryRaw<PushRule[]>`
    SELECT b.project_id AS "projectId", b.environment_id AS "environmentId", e.slug AS "environmentSlug",
      b.repository_id AS "repositoryId", b.branches, b.position
    FROM branch_rule b JOIN environment e ON e.id = b.environment_id
    WHERE b.project_id = ANY(${[...projectIds]}) AND e.deleted_at IS NULL ORDER BY b.position, b.id`;
}

/** Services of the projects' living environments; `builtCommit` looks at builds of this repository and ref alone. */
export async function readPushServices(
  tx: Tx,
  projectIds: readonly string[],
  repositoryIds: readonly string[],
  ref: string,
): Promise<PushService[]> {
  return tx.$queryRaw<PushService[]>`
    SELECT s.id, s.environment_id AS "environmentId", s.slug, s.repository_id AS "repositoryId", s.build_settings AS "buildSettings",
      s.file_settings AS "fileSettings", s.secret_groups AS "secretGroups",
      (SELECT b.commit FROM build_target t JOIN build b ON b.id = t.build_id
       WHERE s.repository_id = ANY(${[...repositoryIds]}) AND t.service_id = s.id AND b.ref = ${ref} AND b.delivery_id IS NOT NULL
         AND b.phase IN ('queued', 'running', 'succeeded')
       ORDER BY b.position DESC LIMIT 1) AS "builtCommit"
    FROM service s JOIN environment e ON e.id = s.environment_id
    WHERE e.project_id = ANY(${[...projectIds]}) AND e.deleted_at IS NULL AND s.deleted_at IS NULL ORDER BY s.slug`;
}

export interface NewPushedService {
  readonly id: string;
  readonly environmentId: string;
  readonly slug: string;
  readonly repositoryId: string;
  readonly fileSettings: object;
}

/** Makes a service that a pushed file names. Null: the name is taken; read again. */
export async function insertPushedService(tx: Tx, service: NewPushedService): Promise<string | null> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO service (id, environment_id, slug, name, repository_id, file_settings, secret_groups)
    VALUES (${service.id}, ${service.environmentId}, ${service.slug}, ${service.slug}, ${service.repositoryId},
      ${JSON.stringify(service.fileSettings)}::jsonb, '{}')
    ON CONFLICT (environment_id, slug) DO NOTHING RETURNING id`;
  return rows[0]?.id ?? null;
}

export interface ServicePlace {
  readonly environmentId: string;
  readonly environmentSlug: string;
  readonly repositoryId: string | null;
  /** Of the repository; `main` when there is none. */
  readonly defaultBranch: string;
}

/** Where a living service stands, for a build by hand. */
export async function readServicePlace(tx: Tx, serviceId: string): Promise<ServicePlace | null> {
  const rows = await tx.$queryRaw<ServicePlace[]>`
    SELECT s.environment_id AS "environmentId", e.slug AS "environmentSlug", s.repository_id AS "repositoryId",
      COALESCE(r.default_branch, 'main') AS "defaultBranch"
    FROM service s JOIN environment e ON e.id = s.environment_id LEFT JOIN repository r ON r.id = s.repository_id
    WHERE s.id = ${serviceId} AND s.deleted_at IS NULL AND e.deleted_at IS NULL`;
  return rows[0] ?? null;
}
