import { wordOfReplica } from '@sconce/contract';
import { confirmByName } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseService } from '../../place/choose-service.ts';
import { losses, type Removed } from '../../place/losses.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { stateMark, stateOf } from '../../show/service-state.ts';
import { settingRows } from '../../show/settings-words.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { makeColours } from '../../terminal/colours.ts';
import { age, clock } from '../../terminal/times.ts';
import type { RemoveOptions } from '../place/projects.ts';

export interface ServiceOptions extends ListOptions {
  readonly project?: string;
  readonly environment?: string;
  readonly repository?: string;
  readonly service?: string;
}

export async function listServices(context: Context, options: ServiceOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { signal, terminal } = context;
  const { project, repository } = options;
  const environment = options.environment === undefined ? undefined : await chooseEnvironment(context, client, options);
  const filter = {
    ...(project === undefined || environment !== undefined ? {} : { project }),
    ...(environment === undefined ? {} : { environment }),
    ...(repository === undefined ? {} : { repository }),
  };
  const reply = await readList(options, (query) => client.listAllServices({ query: { ...query, ...filter }, signal }));
  printList(context, options, reply, {
    empty: 'No service there. Deploy one: sconce deploy, in a repository with a Dockerfile.',
    name: ({ path }) => path,
    row: (service) => [
      stateMark(stateOf(service), terminal.colours),
      service.path,
      service.live?.release.name ?? '-',
      `${service.replicas.ready} of ${service.replicas.wanted}`,
      service.repository?.fullName ?? 'no repository',
      service.urls.host,
    ],
  });
}

/** The settings of a service, with what people set and what its file says told apart. */
export async function showService(context: Context, options: ServiceOptions, named: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const service = await chooseService(context, client, named ?? options.service);
  const build = service.effectiveBuildSettings;
  printFacts(context, options, service, service.path, [
    ['name', service.name],
    ['state', stateMark(stateOf(service), makeColours(false))],
    ['live', service.live && `${service.live.release.name} since ${clock(service.live.since, Date.now())}`],
    ['answers at', service.urls.host],
    ['and at', service.urls.path],
    ['repository', service.repository?.fullName],
    ['built from', `${build.dockerfile} in ${build.context}`],
    ...settingRows(service.effectiveSettings),
    ['secret groups', service.secretGroups.join(', ')],
    ['pushes', service.autoDeploy ? 'deploy' : 'build and do not deploy: sconce unpin'],
    ['set by people', layerWords(service.settings)],
    ['set by sconce.yaml', layerWords(service.fileSettings)],
    ['id', service.id],
  ]);
}

/** `resources.gpu, scaling.max`: which settings a layer names. */
function layerWords(layer: Readonly<Record<string, unknown>>): string | null {
  const names = namesIn(layer, '');
  return names.length === 0 ? null : names.join(', ');
}

function namesIn(layer: Readonly<Record<string, unknown>>, above: string): string[] {
  return Object.entries(layer).flatMap(([key, value]) => {
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value) && key !== 'gpu';
    return isGroup ? namesIn(value as Record<string, unknown>, `${above}${key}.`) : [`${above}${key}`];
  });
}

export async function listReplicas(
  context: Context,
  options: ServiceOptions,
  named: string | undefined,
): Promise<void> {
  const { client } = await connect(context, options);
  const service = await chooseService(context, client, named ?? options.service);
  const reply = await readList(options, (query) =>
    client.listReplicas({ params: { service: service.id }, query, signal: context.signal }),
  );
  printList(context, options, reply, {
    empty: `${service.path} has no replica.`,
    head: ['REPLICA', 'HEALTH', 'NODE', 'GPUS', 'AGE', 'RESTARTS', 'WHY'],
    name: ({ name }) => name,
    row: (replica, now) => [
      replica.name,
      wordOfReplica(replica).word,
      cleanText(replica.node),
      replica.gpus.map((gpu) => cleanText(gpu)).join(', ') || '-',
      age(replica.createdAt, now),
      String(replica.restarts),
      cleanText(replica.message ?? ''),
    ],
  });
}

export async function deleteService(
  context: Context,
  options: RemoveOptions & { readonly service?: string },
  named: string,
): Promise<void> {
  const { client } = await connect(context, options);
  const { signal } = context;
  const { id, path } = await chooseService(context, client, named);
  const would: Removed = await client.deleteService({ params: { service: id }, query: { dryRun: true }, signal });
  if (options.dryRun) return printDone(context, options, would, path, ...losses(would));
  await confirmByName(context, options, { verb: 'delete', name: path, lost: losses(would) });
  const removed = await client.deleteService({ params: { service: id }, signal });
  printDone(context, options, removed, path, `Deleted service ${path}.`, ...losses(removed, 'is gone'));
}
