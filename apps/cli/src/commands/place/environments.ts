import { confirmByName } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseProject } from '../../place/choose-project.ts';
import { losses, type Removed } from '../../place/losses.ts';
import { refuseNothing } from '../../place/refuse-nothing.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age, clock } from '../../terminal/times.ts';
import type { RemoveOptions } from './projects.ts';

export interface EnvironmentOptions extends ListOptions {
  readonly project?: string;
  readonly name?: string;
  readonly cluster?: string;
}

export async function listEnvironments(context: Context, options: EnvironmentOptions): Promise<void> {
  const { client } = await connect(context, options);
  const project = await chooseProject(context, client, options.project);
  const reply = await readList(options, (query) =>
    client.listEnvironments({ params: { project: project.id }, query, signal: context.signal }),
  );
  printList(context, options, reply, {
    empty: `${project.slug} has no environment yet. Make one: sconce environments create production`,
    head: ['ENVIRONMENT', 'NAME', 'SERVICES', 'CLUSTER', 'MADE'],
    name: ({ path }) => path,
    row: (one, now) => [one.path, cleanText(one.name), String(one.services), one.cluster, age(one.createdAt, now)],
  });
}

export async function showEnvironment(
  context: Context,
  options: EnvironmentOptions,
  named: string | undefined,
): Promise<void> {
  const { client } = await connect(context, options);
  const reference = await chooseEnvironment(context, client, { ...options, environment: named });
  const environment = await client.getEnvironment({ params: { environment: reference }, signal: context.signal });
  printFacts(context, options, environment, environment.path, [
    ['name', environment.name],
    ['services', String(environment.services)],
    ['cluster', environment.cluster],
    ['made', clock(environment.createdAt, Date.now())],
    ['id', environment.id],
  ]);
}

/** Takes `staging`, in the project that is meant, or `vision/staging`. */
export async function createEnvironment(context: Context, options: EnvironmentOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const parts = named.split('/');
  const slug = parts.at(-1) ?? named;
  const project = await chooseProject(context, client, parts.length > 1 ? parts[0] : options.project);
  const environment = await client.createEnvironment({
    params: { project: project.id },
    body: {
      slug,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    },
    signal: context.signal,
  });
  const { path } = environment;
  const next = `Let a branch deploy to it: sconce branch-rules create --environment ${path} --branch <branch>`;
  printDone(context, options, environment, path, `Made environment ${path}.`, next);
}

export async function updateEnvironment(context: Context, options: EnvironmentOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const changes = options.name === undefined ? {} : { name: options.name };
  const body = refuseNothing(changes, `sconce environments set ${named} --name "For the demo"`);
  const reference = await chooseEnvironment(context, client, { ...options, environment: named });
  const environment = await client.updateEnvironment({
    params: { environment: reference },
    body,
    signal: context.signal,
  });
  printDone(
    context,
    options,
    environment,
    environment.path,
    `${environment.path} is called ${cleanText(environment.name)}.`,
  );
}

export async function deleteEnvironment(
  context: Context,
  options: RemoveOptions & { readonly project?: string },
  named: string,
): Promise<void> {
  const { client } = await connect(context, options);
  const { signal } = context;
  const reference = await chooseEnvironment(context, client, { ...options, environment: named });
  const { id, path } = await client.getEnvironment({ params: { environment: reference }, signal });
  const volumes = options.withVolumes ? { volumes: 'delete' as const } : {};
  const params = { environment: id };
  const would: Removed = await client.deleteEnvironment({ params, query: { ...volumes, dryRun: true }, signal });
  if (options.dryRun) return printDone(context, options, would, path, ...losses(would));
  await confirmByName(context, options, { verb: 'delete', name: path, lost: losses(would) });
  const removed = await client.deleteEnvironment({ params, query: volumes, signal });
  printDone(context, options, removed, path, `Deleted environment ${path}.`, ...losses(removed, 'is gone'));
}
