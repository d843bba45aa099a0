import {
  appendEvent,
  insertProject,
  listEnvironments,
  listRepositories,
  listServiceIds,
  lockProject,
  type ProjectRow,
  putMember,
  removeBranchRulesOf,
  removeEnvironment,
  removeProject,
  removeRepository,
  removeService,
  revokeTokensOf,
  wake,
  writeProject,
} from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import type { PlaceDeleted, PlaceDeletion } from './environments.ts';
import { refuseStale } from './refuse-stale.ts';
import { planRemoval, refuseUnlessConfirmed } from './removal.ts';

export interface NewProject {
  readonly slug: string;
  readonly name: string;
  /** The person who makes it becomes its administrator; null when no person does. */
  readonly userId: string | null;
  readonly actor: Actor;
}

/** Throws `Rejection` already_exists: slugs of projects are one set for the whole installation. */
export async function createProject(deps: Deps, input: NewProject): Promise<ProjectRow> {
  return deps.db.transaction(async (tx) => {
    const project = await insertProject(tx, { slug: input.slug, name: input.name });
    if (!project)
      throw new Rejection('already_exists', `The slug ${input.slug} is taken`, { hint: 'Choose another slug.' });
    if (input.userId) await putMember(tx, project.id, input.userId, 'admin');
    await appendEvent(tx, {
      type: 'project.created',
      projectId: project.id,
      subjectId: project.id,
      data: { slug: project.slug },
      actor: input.actor,
    });
    return project;
  });
}

export interface ProjectChange {
  readonly id: string;
  readonly changes: { readonly slug?: string; readonly name?: string };
  readonly expectedVersion: number | null;
  readonly actor: Actor;
}

/** A new slug changes the addresses of all services in it. */
export async function updateProject(deps: Deps, input: ProjectChange): Promise<ProjectRow> {
  const { id, changes, actor } = input;
  return deps.db.transaction(async (tx) => {
    const project = await lockProject(tx, id);
    if (!project) throw new Rejection('not_found', 'There is no such project');
    refuseStale(input.expectedVersion, project.version);
    const written = await writeProject(tx, id, changes).catch(takenSlug);
    await appendEvent(tx, {
      type: 'project.updated',
      projectId: id,
      subjectId: id,
      data: { changed: Object.keys(changes) },
      actor,
    });
    if (changes.slug && changes.slug !== project.slug)
      for (const service of await listServiceIds(tx, { projectId: id })) await wake(tx, 'service', service.id);
    if (changes.slug && changes.slug !== project.slug) await wake(tx, 'routes', 'all');
    return written;
  });
}

/**
 * Removes the project with all in it. Services stop, tokens stop working; history stays for those who look after the installation.
 * Throws `Rejection` conflict unless the volumes may go.
 */
export async function deleteProject(deps: Deps, input: PlaceDeletion): Promise<PlaceDeleted> {
  const { id, actor } = input;
  const now = new Date(deps.clock.now());
  const all = { limit: 10_000, after: null, order: 'oldest' } as const;
  return deps.db.transaction(async (tx) => {
    const project = await lockProject(tx, id);
    if (!project) throw new Rejection('not_found', 'There is no such project');
    refuseStale(input.expectedVersion, project.version);
    const removal = await planRemoval(tx, { projectId: id });
    refuseUnlessConfirmed(removal, input.volumesToo);
    const services = await listServiceIds(tx, { projectId: id });
    for (const service of services) {
      await removeService(tx, service, now);
      await wake(tx, 'service', service.id);
    }
    const environments = await listEnvironments(tx, { projectId: id }, all);
    for (const environment of environments) {
      await removeEnvironment(tx, environment, now);
      await wake(tx, 'environment', environment.id);
    }
    const repositories = await listRepositories(tx, { projectId: id }, all);
    for (const repository of repositories) await removeRepository(tx, repository, now);
    await removeBranchRulesOf(tx, { projectId: id });
    const tokens = await revokeTokensOf(tx, { projectId: id }, now);
    await removeProject(tx, project, now);
    await wake(tx, 'routes', 'all');
    await appendEvent(tx, {
      type: 'project.removed',
      projectId: id,
      subjectId: id,
      data: { slug: project.slug },
      actor,
    });
    const counts = { environments: environments.length, services: services.length };
    return { also: { ...counts, repositories: repositories.length, tokens }, ...removal };
  });
}

/** P2002 is Prisma's code for a broken unique key. */
function takenSlug(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'P2002')
    throw new Rejection('already_exists', 'This slug is taken', { hint: 'Choose another slug.' });
  throw error;
}
