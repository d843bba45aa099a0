import { type ClusterAccess, ownCluster, type RegistryCredentials } from '@sconce/core';
import {
  type AddedClusterRow,
  appendEvent,
  findAddedCluster,
  findAddedClusterByServer,
  insertAddedCluster,
  listEnvironmentsOn,
  lockAddedCluster,
  removeAddedCluster,
  removeSealedValuesBefore,
  type Tx,
  writeAddedCluster,
} from '@sconce/db';
import { newId } from '@sconce/foundation';
import type { SecretSealer } from '@sconce/ports';
import { writeVersion } from '../configuration/write-values.ts';
import type { Actor, Deps } from '../deps.ts';
import { refuseStale } from '../projects/refuse-stale.ts';
import { Rejection } from '../rejection.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

type SealingDeps = Deps & { readonly secretSealer: SecretSealer };

/** Names of the sealed values that a cluster owns. */
export const accessName = 'access';
export const registryName = 'registry';

export interface ClusterSettings {
  /** Text of a kubeconfig; of it is kept what reaches the cluster. */
  readonly kubeconfig: string;
  readonly context: string | null;
  readonly registry: string;
  readonly registryCredentials: RegistryCredentials | null;
  readonly podSecurity: 'restricted' | 'baseline';
  readonly gatewayCidrs: readonly string[];
  readonly account: { readonly namespace: string; readonly name: string } | null;
}

export interface AddCluster extends ClusterSettings {
  readonly name: string;
  readonly actor: Actor;
}

/**
 * Adds a Kubernetes that environments can be made on. Its credentials are sealed: who runs this cannot read them back. Nobody asks the cluster
 * anything here; the scheduler does, and says whether it answers. Throws `Rejection`: invalid, already_exists.
 */
export async function addCluster(deps: SealingDeps, input: AddCluster): Promise<AddedClusterRow> {
  const { name, actor } = input;
  const access = parseKubeconfig(input.kubeconfig, input.context);
  if (name === ownCluster)
    throw new Rejection(
      'already_exists',
      `\`${ownCluster}\` is the cluster that this installation has from the start`,
      {
        hint: 'Take another name.',
      },
    );
  const now = new Date(deps.clock.now());
  return deps.db.transaction(async (tx) => {
    const id = newId('clu');
    const accessValueId = await seal(tx, deps, { id, version: 1 }, accessName, access, actor);
    const { registryCredentials } = input;
    const registryValueId =
      registryCredentials && (await seal(tx, deps, { id, version: 1 }, registryName, registryCredentials, actor));
    const { registry, podSecurity, gatewayCidrs } = input;
    const settings = { server: access.server, registry, podSecurity, gatewayCidrs, account: toAccountText(input) };
    const values = { accessValueId, registryValueId, createdBy: actor, updatedBy: actor };
    if (!(await insertAddedCluster(tx, { name, id, ...settings, ...values }, now)))
      throw await whatIsTaken(tx, name, access);
    const data = { server: access.server, registry, podSecurity };
    await appendEvent(tx, { type: 'cluster.added', projectId: null, subjectId: name, data, actor });
    return standing(tx, name);
  });
}

export interface UpdateCluster {
  readonly name: string;
  readonly changes: Partial<ClusterSettings>;
  readonly expectedVersion: number | null;
  readonly actor: Actor;
}

/** Changes how a cluster is reached, or where its images are; what runs there goes on. Throws `Rejection`: not_found, invalid, already_exists, precondition_failed. */
export async function updateCluster(deps: SealingDeps, input: UpdateCluster): Promise<AddedClusterRow> {
  const { name, changes, actor } = input;
  const { kubeconfig, context = null, registryCredentials, ...others } = changes;
  const access = kubeconfig === undefined ? null : parseKubeconfig(kubeconfig, context);
  return deps.db.transaction(async (tx) => {
    const before = await lockAddedCluster(tx, name);
    if (!before) throw noCluster(name);
    refuseStale(input.expectedVersion, before.version);
    if (access) await refuseTakenServer(tx, name, access);
    const next = { id: before.id, version: before.version + 1 };
    const { registry, podSecurity, gatewayCidrs } = others;
    const values = {
      ...(access && { server: access.server, accessValueId: await seal(tx, deps, next, accessName, access, actor) }),
      ...(registryCredentials === undefined
        ? {}
        : {
            registryValueId:
              registryCredentials && (await seal(tx, deps, next, registryName, registryCredentials, actor)),
          }),
      ...(registry === undefined ? {} : { registry }),
      ...(podSecurity === undefined ? {} : { podSecurity }),
      ...(gatewayCidrs === undefined ? {} : { gatewayCidrs }),
      ...(changes.account === undefined ? {} : { account: toAccountText(changes) }),
    };
    await writeAddedCluster(tx, name, { ...values, updatedBy: actor }, new Date(deps.clock.now()));
    const after = await standing(tx, name);
    // What was replaced is needed by nobody: the scheduler opens what stands now.
    await removeSealedValuesBefore(tx, after);
    const data = { changed: Object.keys(changes).filter((field) => field !== 'context') };
    await appendEvent(tx, { type: 'cluster.updated', projectId: null, subjectId: name, data, actor });
    return after;
  });
}

/** Forgets a cluster and its credentials; on the cluster itself nothing is changed. Throws `Rejection`: not_found, conflict while environments stand on it. */
export async function removeCluster(
  deps: Deps,
  input: { readonly name: string; readonly expectedVersion: number | null; readonly actor: Actor },
): Promise<void> {
  const { name, actor } = input;
  await deps.db.transaction(async (tx) => {
    const cluster = await lockAddedCluster(tx, name);
    if (!cluster) throw noCluster(name);
    refuseStale(input.expectedVersion, cluster.version);
    const environments = await listEnvironmentsOn(tx, name);
    if (environments.length > 0)
      throw new Rejection('conflict', `Environments stand on it: ${environments.join(', ')}`, {
        hint: 'Delete them first, or make them anew elsewhere and promote what they run.',
      });
    await removeAddedCluster(tx, cluster);
    // For the pages of those who may look at clusters and see no events of the installation.
    await appendEvent(tx, { type: 'cluster.changed', projectId: null, subjectId: name });
    await appendEvent(tx, {
      type: 'cluster.removed',
      projectId: null,
      subjectId: name,
      data: { server: cluster.server },
      actor,
    });
  });
}

async function seal(
  tx: Tx,
  { secretSealer }: Pick<SealingDeps, 'secretSealer'>,
  { id, version }: { readonly id: string; readonly version: number },
  name: string,
  value: ClusterAccess | RegistryCredentials,
  actor: Actor,
): Promise<string> {
  return writeVersion(tx, secretSealer, { kind: 'secret', owner: id, name, version }, JSON.stringify(value), actor);
}

const toAccountText = ({ account }: Pick<Partial<ClusterSettings>, 'account'>): string | null =>
  account ? `${account.namespace}/${account.name}` : null;

function noCluster(name: string): Rejection {
  if (name !== ownCluster) return new Rejection('not_found', `There is no cluster ${name} that was added`);
  return new Rejection('not_found', `\`${ownCluster}\` was not added: the scheduler is told of it when it starts`, {
    hint: 'Its settings are those of the scheduler: SCONCE_KUBECONFIG, SCONCE_REGISTRY.',
  });
}

async function refuseTakenServer(tx: Tx, name: string, { server }: ClusterAccess): Promise<void> {
  const other = await findAddedClusterByServer(tx, server);
  if (other && other.name !== name) throw takenServer(other);
}

async function whatIsTaken(tx: Tx, name: string, { server }: ClusterAccess): Promise<Rejection> {
  const other = await findAddedClusterByServer(tx, server);
  return other && other.name !== name
    ? takenServer(other)
    : new Rejection('already_exists', `There is a cluster ${name}`);
}

const takenServer = ({ name, server }: AddedClusterRow): Rejection =>
  new Rejection('already_exists', `The cluster at ${server} is here as ${name}`, {
    hint: `New credentials: sconce clusters set ${name}`,
  });

async function standing(tx: Tx, name: string): Promise<AddedClusterRow> {
  const cluster = await findAddedCluster(tx, name);
  if (!cluster) throw new Error(`The cluster ${name} is not there after it was written`);
  return cluster;
}
