import { ownCluster } from '@sconce/core';
import {
  appendEvent,
  type EnvironmentRow,
  findEnvironment,
  holdAddedCluster,
  insertEnvironment,
  listAddedClusters,
  listServiceIds,
  lockEnvironment,
  lockProject,
  removeBranchRulesOf,
  removeEnvironment,
  removeService,
  revokeTokensOf,
  type Tx,
  wake,
  writeEnvironment,
} from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { refuseStale } from './refuse-stale.ts';
import { planRemoval, type Removal, refuseUnlessConfirmed } from './removal.ts';

export interface NewEnvironment {
  readonly projectId: string;
  readonly slug: string;
  readonly name: string;
  readonly cluster: string;
  readonly actor: Actor;
}

export async function createEnvironment(deps: Deps, input: NewEnvironment): Promise<EnvironmentRow> {
  const { actor, ...fields } = input;
  return deps.db.transaction(async (tx) => {
    if (!(await lockProject(tx, fields.projectId))) throw new Rejection('not_found', 'There is no such project');
    await refuseUnknownCluster(tx, fields.cluster);
    const id = await insertEnvironment(tx, fields);
    if (!id) throw new Rejection('already_exists', `The project has an environment ${fields.slug}`);
    await appendEvent(tx, {
      type: 'environment.created',
      projectId: fields.projectId,
      environmentId: id,
      subjectId: id,
      data: { slug: fields.slug, cluster: fields.cluster },
      actor,
    });
    return standing(tx, id);
  });
}

/** Until the transaction ends the cluster stays. */
async function refuseUnknownCluster(tx: Tx, cluster: string): Promise<void> {
  if (cluster === ownCluster || (await holdAddedCluster(tx, cluster))) return;
  const names = [ownCluster, ...(await listAddedClusters(tx)).map(({ name }) => name)];
  const message = `There is no cluster ${cluster}. There ${names.length === 1 ? 'is' : 'are'}: ${names.join(', ')}`;
  throw new Rejection('invalid', message, {
    errors: [{ path: 'cluster', code: 'unknown', message }],
    hint: 'Add it first: sconce clusters add',
  });
}

export interface EnvironmentChange {
  readonly id: string;
  /** `cluster` is refused unless it is the one where it is. */
  readonly changes: { readonly name?: string; readonly cluster?: string };
  readonly expectedVersion: number | null;
  readonly actor: Actor;
}

export async function updateEnvironment(deps: Deps, input: EnvironmentChange): Promise<EnvironmentRow> {
  const { id, actor } = input;
  const { cluster, ...changes } = input.changes;
  return deps.db.transaction(async (tx) => {
    const environment = await lockEnvironment(tx, id);
    if (!environment) throw new Rejection('not_found', 'There is no such environment');
    refuseStale(input.expectedVersion, environment.version);
    refuseMove(environment, cluster);
    await writeEnvironment(tx, id, changes);
    await appendEvent(tx, {
      type: 'environment.updated',
      projectId: environment.project.id,
      environmentId: id,
      subjectId: id,
      data: { changed: Object.keys(changes) },
      actor,
    });
    return standing(tx, id);
  });
}

/** Volumes and replicas are where they are: nothing carries them over. */
function refuseMove({ slug, cluster }: EnvironmentRow, to: string | undefined): void {
  if (to === undefined || to === cluster) return;
  throw new Rejection('conflict', `The environment ${slug} stays on ${cluster}`, {
    errors: [{ path: 'cluster', code: 'fixed', message: 'An environment keeps the cluster that it was made on' }],
    hint: `Make another one there, deploy the same images to it, and delete this one when nobody asks it any more: sconce environments create <environment> --cluster ${to}`,
  });
}

export interface PlaceDeletion {
  readonly id: string;
  readonly expectedVersion: number | null;
  readonly actor: Actor;
  /** Its volumes may go, with the data in them; false is refused when there are any. */
  readonly volumesToo: boolean;
}

export interface PlaceDeleted extends Removal {
  /** How many of what went with it. */
  readonly also: Record<string, number>;
}

/** Removes the environment with its services and volumes. Throws `Rejection` conflict unless the volumes may go. */
export async function deleteEnvironment(deps: Deps, input: PlaceDeletion): Promise<PlaceDeleted> {
  const { id, actor } = input;
  const now = new Date(deps.clock.now());
  return deps.db.transaction(async (tx) => {
    const environment = await lockEnvironment(tx, id);
    if (!environment) throw new Rejection('not_found', 'There is no such environment');
    refuseStale(input.expectedVersion, environment.version);
    const removal = await planRemoval(tx, { environmentId: id });
    refuseUnlessConfirmed(removal, input.volumesToo);
    const services = await listServiceIds(tx, { environmentId: id });
    for (const service of services) {
      await removeService(tx, service, now);
      await wake(tx, 'service', service.id);
    }
    const branchRules = await removeBranchRulesOf(tx, { environmentId: id });
    const tokens = await revokeTokensOf(tx, { environmentId: id }, now);
    await removeEnvironment(tx, environment, now);
    await wake(tx, 'environment', id);
    await wake(tx, 'routes', 'all');
    await appendEvent(tx, {
      type: 'environment.removed',
      projectId: environment.project.id,
      environmentId: id,
      subjectId: id,
      data: { slug: environment.slug },
      actor,
    });
    return { also: { services: services.length, branchRules, tokens }, ...removal };
  });
}

async function standing(tx: Tx, id: string): Promise<EnvironmentRow> {
  const environment = await findEnvironment(tx, id);
  if (!environment) throw new Error(`The environment ${id} is not there after it was written`);
  return environment;
}
