import type { Client, Cluster } from '@sconce/contract';
import { confirmByName } from '../../ask/confirm.ts';
import { readHiddenValue } from '../../ask/read-hidden-value.ts';
import { grantAccess } from '../../clusters/grant-access.ts';
import { readKubeconfig } from '../../clusters/read-kubeconfig.ts';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { refuseNothing } from '../../place/refuse-nothing.ts';
import { printDone } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age } from '../../terminal/times.ts';
import { troubles } from './pools.ts';

export interface ClusterOptions extends ListOptions {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly asIs?: boolean;
  readonly renew?: boolean;
  readonly registry?: string;
  readonly registryUsername?: string;
  readonly podSecurity?: 'restricted' | 'baseline';
  readonly gatewayCidr?: readonly string[];
  /** commander's word for `--no-usage`: false when it was given. */
  readonly usage?: boolean;
}

export async function listClusters(context: Context, options: ListOptions): Promise<void> {
  const { client } = await connect(context, options);
  const reply = await readList(options, (query) => client.listClusters({ query, signal: context.signal }));
  if (!options.json)
    for (const cluster of reply.data) for (const line of troubles(cluster)) context.terminal.note(line);
  printList(context, options, reply, {
    empty: 'No cluster was seen yet: the scheduler writes them down once it runs.',
    head: ['CLUSTER', 'ANSWERS', 'NODES', 'GPUS FREE', 'SERVER', 'SEEN'],
    name: ({ name }) => name,
    row: (one, now) => [
      one.name,
      one.awaySince === null ? 'yes' : `not for ${age(one.awaySince, now)}`,
      String(one.nodes),
      one.gpus.total === 0 ? '-' : `${one.gpus.free} of ${one.gpus.total}`,
      one.added === null ? '-' : cleanText(one.added.server),
      age(one.observedAt, now),
    ],
  });
}

/** Makes an account with the least rights on the cluster and hands its credentials to the API; with `--as-is`, those of the kubeconfig. */
export async function addCluster(context: Context, options: ClusterOptions, name: string): Promise<void> {
  const { registry } = options;
  if (registry === undefined)
    throw new CliFailure('Name the registry that the nodes of the cluster pull images from', {
      exitCode: exitCodes.usage,
      code: 'no_registry',
      hint: `For instance: sconce clusters add ${name} --registry registry.example:5000`,
    });
  const { client } = await connect(context, options);
  const { signal } = context;
  await refuseTaken(context, client, name);
  const registryCredentials = await readRegistryCredentials(context, options);
  const credentials = await readCredentials(context, client, options);
  const body = { name, registry, ...credentials, ...registryCredentials, ...settingsOf(options) };
  const cluster = await client.createCluster({ body, signal });
  const next = `Make an environment on it: sconce environments create <environment> --cluster ${name}`;
  printDone(context, options, cluster, name, `Added cluster ${name}.`, next);
}

export async function setCluster(context: Context, options: ClusterOptions, name: string): Promise<void> {
  const { client } = await connect(context, options);
  const { registry } = options;
  const changes = {
    ...(registry === undefined ? {} : { registry }),
    ...settingsOf(options),
    ...(await readRegistryCredentials(context, options)),
    ...(options.renew || options.asIs ? await readCredentials(context, client, options) : {}),
  };
  const body = refuseNothing(changes, `sconce clusters set ${name} --renew`);
  const cluster = await client.updateCluster({ params: { cluster: name }, body, signal: context.signal });
  printDone(context, options, cluster, name, `Changed cluster ${name}; what runs there goes on.`);
}

export async function removeCluster(
  context: Context,
  options: GlobalOptions & { readonly yes?: boolean; readonly dryRun?: boolean },
  name: string,
): Promise<void> {
  const { client } = await connect(context, options);
  const { signal } = context;
  const params = { cluster: name };
  const would = await client.deleteCluster({ params, query: { dryRun: true }, signal });
  const lost = ['Its credentials are forgotten; on the cluster itself nothing is changed.'];
  if (options.dryRun) return printDone(context, options, would, name, ...lost);
  await confirmByName(context, options, { verb: 'remove', name, lost });
  const removed = await client.deleteCluster({ params, signal });
  const account = 'The account there: kubectl delete namespace sconce-system';
  printDone(context, options, removed, name, `Removed cluster ${name}.`, account);
}

/** Known before anything is made on the cluster. */
async function refuseTaken({ signal }: Context, client: Client, name: string): Promise<void> {
  const { data } = await readList({ limit: 'all' }, (query) => client.listClusters({ query, signal }));
  if (data.every((one: Cluster) => one.name !== name)) return;
  throw new CliFailure(`There is a cluster ${name}`, {
    code: 'already_exists',
    hint: `New credentials for it: sconce clusters set ${name} --renew`,
  });
}

async function readCredentials(context: Context, client: Client, options: ClusterOptions) {
  const named = options.context === undefined ? {} : { context: options.context };
  const file = options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig };
  if (options.asIs) return { kubeconfig: await readKubeconfig(context, options.kubeconfig), ...named, account: null };
  return grantAccess(context, client, { ...named, ...file, usage: options.usage !== false });
}

/** The password is read from standard input: other users of the machine see arguments. */
async function readRegistryCredentials(context: Context, { registryUsername: username }: ClusterOptions) {
  if (username === undefined) return {};
  const password = await readHiddenValue(context, `Password of ${username} at the registry`);
  return { registryCredentials: { username, password } };
}

function settingsOf({ podSecurity, gatewayCidr }: ClusterOptions) {
  return {
    ...(podSecurity === undefined ? {} : { podSecurity }),
    ...(gatewayCidr === undefined ? {} : { gatewayCidrs: [...gatewayCidr] }),
  };
}
