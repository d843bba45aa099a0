import type { Tx } from '../database.ts';

/** What a reference in a path can name. */
export type Noun =
  | 'project'
  | 'environment'
  | 'service'
  | 'repository'
  | 'branchRule'
  | 'delivery'
  | 'build'
  | 'release'
  | 'rollout'
  | 'secretGroup';

export interface FoundPlace {
  readonly id: string;
  readonly projectId: string;
  /** Null for what belongs to a project as a whole. */
  readonly environmentId: string | null;
}

/**
 * Finds what an id or slugs joined by `/` name, and where it is, so that access is decided before anything else is read. Null when
 * there is no such thing, or no longer.
 */
export async function findPlace(tx: Tx, noun: Noun, reference: string): Promise<FoundPlace | null> {
  const parts = reference.split('/');
  if (parts.length === 1 && reference.includes('_')) return (await byId[noun](tx, reference))[0] ?? null;
  const find = bySlugs[noun];
  return find ? ((await find(tx, parts))[0] ?? null) : null;
}

type Found = Promise<FoundPlace[]>;

const byId: Readonly<Record<Noun, (tx: Tx, id: string) => Found>> = {
  project: (tx, id) => tx.$queryRaw`
    SELECT id, id AS "projectId", NULL AS "environmentId" FROM project WHERE id = ${id} AND deleted_at IS NULL`,
  environment: (tx, id) => tx.$queryRaw`
    SELECT id, project_id AS "projectId", id AS "environmentId" FROM environment WHERE id = ${id} AND deleted_at IS NULL`,
  service: (tx, id) => tx.$queryRaw`
    SELECT s.id, e.project_id AS "projectId", e.id AS "environmentId" FROM service s JOIN environment e ON e.id = s.environment_id
    WHERE s.id = ${id} AND s.deleted_at IS NULL`,
  repository: (tx, id) => tx.$queryRaw`
    SELECT id, project_id AS "projectId", NULL AS "environmentId" FROM repository WHERE id = ${id} AND deleted_at IS NULL`,
  branchRule: (tx, id) =>
    tx.$queryRaw`SELECT id, project_id AS "projectId", NULL AS "environmentId" FROM branch_rule WHERE id = ${id}`,
  delivery: (tx, id) => tx.$queryRaw`
    SELECT d.id, r.project_id AS "projectId", NULL AS "environmentId" FROM delivery d JOIN repository r ON r.id = d.repository_id
      JOIN project p ON p.id = r.project_id WHERE d.id = ${id} AND p.deleted_at IS NULL`,
  // A build for services of one environment alone is in that environment.
  build: (tx, id) => tx.$queryRaw`
    SELECT b.id, b.project_id AS "projectId", CASE WHEN MIN(s.environment_id) = MAX(s.environment_id) THEN MIN(s.environment_id) END AS "environmentId"
    FROM build b JOIN project p ON p.id = b.project_id LEFT JOIN build_target t ON t.build_id = b.id LEFT JOIN service s ON s.id = t.service_id
    WHERE b.id = ${id} AND p.deleted_at IS NULL GROUP BY b.id`,
  release: (tx, id) => tx.$queryRaw`
    SELECT r.id, e.project_id AS "projectId", e.id AS "environmentId"
    FROM release r JOIN service s ON s.id = r.service_id JOIN environment e ON e.id = s.environment_id WHERE r.id = ${id} AND s.deleted_at IS NULL`,
  rollout: (tx, id) => tx.$queryRaw`
    SELECT r.id, e.project_id AS "projectId", e.id AS "environmentId"
    FROM rollout r JOIN service s ON s.id = r.service_id JOIN environment e ON e.id = s.environment_id WHERE r.id = ${id} AND s.deleted_at IS NULL`,
  secretGroup: (tx, id) => tx.$queryRaw`
    SELECT g.id, e.project_id AS "projectId", e.id AS "environmentId" FROM secret_group g JOIN environment e ON e.id = g.environment_id
    WHERE g.id = ${id} AND g.deleted_at IS NULL AND e.deleted_at IS NULL`,
};

type BySlugs = (tx: Tx, slugs: readonly string[]) => Found;
const none = async (): Found => [];
const counted =
  (count: number, find: BySlugs): BySlugs =>
  (tx, slugs) =>
    slugs.length === count ? find(tx, slugs) : none();

/** Things without a slug of their own are found by id alone. */
const bySlugs: Partial<Record<Noun, BySlugs>> = {
  project: counted(
    1,
    (tx, [project]) => tx.$queryRaw`
    SELECT id, id AS "projectId", NULL AS "environmentId" FROM project WHERE slug = ${project} AND deleted_at IS NULL`,
  ),
  environment: counted(
    2,
    (tx, [project, environment]) => tx.$queryRaw`
    SELECT e.id, p.id AS "projectId", e.id AS "environmentId" FROM environment e JOIN project p ON p.id = e.project_id
    WHERE p.slug = ${project} AND e.slug = ${environment} AND e.deleted_at IS NULL`,
  ),
  service: counted(
    3,
    (tx, [project, environment, service]) => tx.$queryRaw`
    SELECT s.id, p.id AS "projectId", e.id AS "environmentId"
    FROM service s JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
    WHERE p.slug = ${project} AND e.slug = ${environment} AND s.slug = ${service} AND s.deleted_at IS NULL`,
  ),
  repository: counted(
    2,
    (tx, [project, repository]) => tx.$queryRaw`
    SELECT r.id, p.id AS "projectId", NULL AS "environmentId" FROM repository r JOIN project p ON p.id = r.project_id
    WHERE p.slug = ${project} AND r.slug = ${repository} AND r.deleted_at IS NULL`,
  ),
  secretGroup: counted(
    3,
    (tx, [project, environment, group]) => tx.$queryRaw`
    SELECT g.id, p.id AS "projectId", e.id AS "environmentId"
    FROM secret_group g JOIN environment e ON e.id = g.environment_id JOIN project p ON p.id = e.project_id
    WHERE p.slug = ${project} AND e.slug = ${environment} AND g.slug = ${group} AND g.deleted_at IS NULL AND e.deleted_at IS NULL`,
  ),
  release: counted(4, async (tx, [project, environment, service, release]) => {
    const number = releaseNumber(release ?? '');
    if (number === null) return [];
    return tx.$queryRaw`
      SELECT r.id, p.id AS "projectId", e.id AS "environmentId" FROM release r JOIN service s ON s.id = r.service_id
        JOIN environment e ON e.id = s.environment_id JOIN project p ON p.id = e.project_id
      WHERE p.slug = ${project} AND e.slug = ${environment} AND s.slug = ${service} AND r.number = ${number} AND s.deleted_at IS NULL`;
  }),
};

/** `r12` is 12; null for anything else. */
export function releaseNumber(name: string): number | null {
  return /^r[1-9]\d{0,8}$/.test(name) ? Number(name.slice(1)) : null;
}
