import {
  appendEvent,
  findRepository,
  insertRepository,
  lockProject,
  lockRepository,
  type NewRepository,
  type RepositoryRow,
  removeRepository,
  writeRepository,
} from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { refuseStale } from './refuse-stale.ts';

export type RepositoryRequest = {
  readonly projectId: string;
  readonly slug: string;
  readonly defaultBranch: string;
  readonly actor: Actor;
} & (
  | { readonly kind: 'builtin' }
  | {
      readonly kind: 'github';
      readonly hostId: string;
      readonly fullName: string;
      readonly installationId: string | null;
    }
);

/** Makes a repository known. The bare repository of a built-in one is made on disk by whoever serves git. */
export async function createRepository(deps: Deps, input: RepositoryRequest): Promise<RepositoryRow> {
  const { projectId, slug, actor } = input;
  return deps.db.transaction(async (tx) => {
    const project = await lockProject(tx, projectId);
    if (!project) throw new Rejection('not_found', 'There is no such project');
    const repository = await insertRepository(tx, toRow(input, project.slug));
    if (!repository) throw new Rejection('already_exists', `The project has a repository ${slug}`);
    await appendEvent(tx, {
      type: 'repository.created',
      projectId,
      subjectId: repository.id,
      data: { slug, kind: input.kind },
      actor,
    });
    return repository;
  });
}

function toRow(input: RepositoryRequest, projectSlug: string): NewRepository {
  const { projectId, slug, defaultBranch } = input;
  if (input.kind === 'builtin')
    return {
      projectId,
      slug,
      kind: 'builtin',
      hostId: null,
      fullName: `${projectSlug}/${slug}`,
      installationId: null,
      defaultBranch,
    };
  return {
    projectId,
    slug,
    kind: 'github',
    hostId: input.hostId,
    fullName: input.fullName,
    installationId: input.installationId,
    defaultBranch,
  };
}

export interface RepositoryChange {
  readonly id: string;
  readonly changes: { readonly defaultBranch?: string };
  readonly expectedVersion: number | null;
  readonly actor: Actor;
}

export async function updateRepository(deps: Deps, input: RepositoryChange): Promise<RepositoryRow> {
  const { id, changes, actor } = input;
  return deps.db.transaction(async (tx) => {
    const repository = await lockRepository(tx, id);
    if (!repository) throw new Rejection('not_found', 'There is no such repository');
    refuseStale(input.expectedVersion, repository.version);
    await writeRepository(tx, id, changes);
    await appendEvent(tx, {
      type: 'repository.updated',
      projectId: repository.project.id,
      subjectId: id,
      data: { changed: Object.keys(changes) },
      actor,
    });
    const written = await findRepository(tx, id);
    if (!written) throw new Error(`The repository ${id} is not there after it was written`);
    return written;
  });
}

/** Services built from it keep running on what they have. */
export async function deleteRepository(
  deps: Deps,
  input: { readonly id: string; readonly expectedVersion: number | null; readonly actor: Actor },
): Promise<Record<string, number>> {
  const { id, actor } = input;
  return deps.db.transaction(async (tx) => {
    const repository = await lockRepository(tx, id);
    if (!repository) throw new Rejection('not_found', 'There is no such repository');
    refuseStale(input.expectedVersion, repository.version);
    const services = await removeRepository(tx, repository, new Date(deps.clock.now()));
    await appendEvent(tx, {
      type: 'repository.removed',
      projectId: repository.project.id,
      subjectId: id,
      data: { slug: repository.slug },
      actor,
    });
    return { servicesLeftWithoutSource: services };
  });
}
