import {
  appendEvent,
  findEnvironment,
  insertService,
  lockEnvironment,
  lockServiceSettings,
  removeService,
  type ServiceFields,
  type ServiceRow,
  type Tx,
  wake,
  writePin,
  writeService,
} from '@sconce/db';
import { attachSecretGroups } from '../configuration/secret-groups.ts';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { mergePatch } from './merge-patch.ts';
import { referenceInProject } from './references.ts';
import { refuseStale } from './refuse-stale.ts';
import { planRemoval, type Removal } from './removal.ts';

export interface ServiceRequest {
  readonly environmentId: string;
  readonly slug: string;
  readonly name: string;
  /** Id or slug of a repository of the same project. */
  readonly repository: string | null;
  readonly settings: object;
  readonly build: object;
  readonly secretGroups: readonly string[];
  readonly actor: Actor;
}

/** Makes a service; it runs nothing until something is deployed to it. Answers its id. */
export async function createService(deps: Deps, input: ServiceRequest): Promise<string> {
  const { environmentId, slug, name, actor } = input;
  return deps.db.transaction(async (tx) => {
    const environment = await lockEnvironment(tx, environmentId);
    if (!environment) throw new Rejection('not_found', 'There is no such environment');
    const { project } = environment;
    const repositoryId =
      input.repository === null ? null : await referenceInProject(tx, 'repository', input.repository, project);
    const fields = {
      name,
      repositoryId,
      settings: mergePatch({}, input.settings),
      buildSettings: mergePatch({}, input.build),
    };
    const id = await insertService(tx, environmentId, slug, fields);
    if (!id) throw new Rejection('already_exists', `The environment ${environment.slug} has a service ${slug}`);
    await appendEvent(tx, {
      type: 'service.created',
      projectId: project.id,
      environmentId,
      serviceId: id,
      subjectId: id,
      data: { slug },
      actor,
    });
    if (input.secretGroups.length > 0)
      await attachSecretGroups(within(deps, tx), { environmentId, serviceId: id, groups: input.secretGroups, actor });
    // Its address answers at once, with the reason why nothing is there.
    await wake(tx, 'routes', 'all');
    return id;
  });
}

export interface ServiceChange {
  readonly id: string;
  readonly changes: {
    readonly name?: string;
    readonly repository?: string | null;
    /** JSON Merge Patch; null clears all. */
    readonly settings?: object | null;
    readonly build?: object | null;
    readonly secretGroups?: readonly string[] | null;
    readonly autoDeploy?: boolean;
  };
  /** PUT: what is absent goes back to how a new service has it. */
  readonly replace: boolean;
  readonly expectedVersion: number | null;
  readonly actor: Actor;
}

/** Takes effect with the next release: what runs is never changed under itself. Pins and unpins at once. */
export async function updateService(deps: Deps, input: ServiceChange): Promise<void> {
  const { id, changes, actor } = input;
  await deps.db.transaction(async (tx) => {
    const service = await lockServiceSettings(tx, id);
    if (!service) throw new Rejection('not_found', 'There is no such service');
    refuseStale(input.expectedVersion, service.version);
    const fields = await toFields(tx, service, input);
    if (Object.keys(fields).length > 0) await writeService(tx, id, fields);
    const { environmentId, projectId } = service;
    const groups = changes.secretGroups ?? (changes.secretGroups === null || input.replace ? [] : null);
    if (groups && groups.join() !== service.secretGroups.join())
      await attachSecretGroups(within(deps, tx), { environmentId, serviceId: id, groups, actor });
    await appendEvent(tx, {
      type: 'service.updated',
      projectId,
      environmentId,
      serviceId: id,
      subjectId: id,
      data: { changed: Object.keys(changes), fields: fieldsOf(changes) },
      actor,
    });
    if (changes.autoDeploy !== undefined) await setPin(deps, tx, service, !changes.autoDeploy, actor);
  });
}

/** `settings.resources.gpu`: what a patch names, never what it says, since arguments of builds may be anybody's business. */
function fieldsOf({ settings, build }: ServiceChange['changes']): string[] {
  return [...namesOf('settings', settings), ...namesOf('build', build)];
}

function namesOf(path: string, patch: unknown): string[] {
  if (patch === undefined) return [];
  const isParts = typeof patch === 'object' && patch !== null && !Array.isArray(patch) && !/\.(?:gpu|args)$/.test(path);
  if (!isParts) return [path];
  return Object.entries(patch).flatMap(([name, inner]) => namesOf(`${path}.${name}`, inner));
}

async function toFields(tx: Tx, service: ServiceRow, input: ServiceChange): Promise<Partial<ServiceFields>> {
  const { changes, replace } = input;
  const merged = (standing: object, patch: object | null | undefined) =>
    replace || patch === null ? mergePatch({}, patch ?? {}) : mergePatch(standing, patch ?? {});
  const touched = (value: unknown) => replace || value !== undefined;
  return {
    ...(changes.name === undefined ? {} : { name: changes.name }),
    ...(touched(changes.repository)
      ? { repositoryId: await repositoryOf(tx, service, changes.repository ?? null) }
      : {}),
    ...(touched(changes.settings) ? { settings: merged(service.settings, changes.settings) } : {}),
    ...(touched(changes.build) ? { buildSettings: merged(service.buildSettings, changes.build) } : {}),
  };
}

async function repositoryOf(tx: Tx, service: ServiceRow, reference: string | null): Promise<string | null> {
  if (reference === null) return null;
  const environment = await findEnvironment(tx, service.environmentId);
  if (!environment) throw new Rejection('not_found', 'There is no such service');
  return referenceInProject(tx, 'repository', reference, environment.project);
}

async function setPin(deps: Deps, tx: Tx, service: ServiceRow, pinned: boolean, actor: Actor): Promise<void> {
  if (pinned === (service.pinnedAt !== null)) return;
  await writePin(tx, service.id, pinned ? { at: new Date(deps.clock.now()), reason: 'Set by hand' } : null);
  const type = pinned ? 'service.pinned' : 'service.unpinned';
  await appendEvent(tx, {
    type,
    projectId: service.projectId,
    environmentId: service.environmentId,
    serviceId: service.id,
    subjectId: service.id,
    actor,
  });
}

/** Stops it and takes its addresses away. Its slug is free again at once; its volumes stay with the environment. */
export async function deleteService(
  deps: Deps,
  input: { readonly id: string; readonly expectedVersion: number | null; readonly actor: Actor },
): Promise<Removal> {
  const { id, actor } = input;
  return deps.db.transaction(async (tx) => {
    const service = await lockServiceSettings(tx, id);
    if (!service) throw new Rejection('not_found', 'There is no such service');
    refuseStale(input.expectedVersion, service.version);
    const removal = await planRemoval(tx, { serviceId: id });
    await removeService(tx, service, new Date(deps.clock.now()));
    const { environmentId, projectId } = service;
    await appendEvent(tx, {
      type: 'service.removed',
      projectId,
      environmentId,
      serviceId: id,
      subjectId: id,
      data: { slug: service.slug },
      actor,
    });
    await wake(tx, 'service', id);
    await wake(tx, 'routes', 'all');
    return removal;
  });
}

/** The same verbs inside of a transaction that is already open. */
function within(deps: Deps, tx: Tx): Deps {
  return { ...deps, db: { ...deps.db, tx, transaction: (work) => work(tx) } };
}
