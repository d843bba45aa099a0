import { confirmByName } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { chooseProject } from '../../place/choose-project.ts';
import { losses, type Removed } from '../../place/losses.ts';
import { refuseNothing } from '../../place/refuse-nothing.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age, clock } from '../../terminal/times.ts';

export interface ProjectOptions extends GlobalOptions {
  readonly name?: string;
  readonly slug?: string;
}

export interface RemoveOptions extends GlobalOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly withVolumes?: boolean;
}

export async function listProjects(context: Context, options: ListOptions): Promise<void> {
  const { client } = await connect(context, options);
  const reply = await readList(options, (query) => client.listProjects({ query, signal: context.signal }));
  printList(context, options, reply, {
    empty: 'No project yet. Make one: sconce projects create <slug>, or just deploy: sconce deploy',
    head: ['PROJECT', 'NAME', 'YOUR ROLE', 'MADE'],
    name: ({ slug }) => slug,
    row: ({ slug, name, role, createdAt }, now) => [slug, cleanText(name), role ?? '-', age(createdAt, now)],
  });
}

export async function showProject(context: Context, options: ProjectOptions, named: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const project = await chooseProject(context, client, named);
  printFacts(context, options, project, project.slug, [
    ['name', project.name],
    ['your role', project.role],
    ['made', clock(project.createdAt, Date.now())],
    ['id', project.id],
  ]);
}

export async function createProject(context: Context, options: ProjectOptions, slug: string): Promise<void> {
  const { client } = await connect(context, options);
  const body = { slug, ...(options.name === undefined ? {} : { name: options.name }) };
  const project = await client.createProject({ body, signal: context.signal });
  printDone(
    context,
    options,
    project,
    project.slug,
    `Made project ${project.slug}.`,
    `Next: sconce environments create production --project ${project.slug}`,
  );
}

export async function updateProject(context: Context, options: ProjectOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const changes = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.slug === undefined ? {} : { slug: options.slug }),
  };
  const body = refuseNothing(changes, `sconce projects set ${named} --name "Vision and sound"`);
  const project = await client.updateProject({ params: { project: named }, body, signal: context.signal });
  printDone(context, options, project, project.slug, `${project.slug} is called ${cleanText(project.name)}.`);
}

/** Asks what would be lost first, says it, and does it once its name was typed. */
export async function deleteProject(context: Context, options: RemoveOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const { signal } = context;
  const project = await client.getProject({ params: { project: named }, signal });
  const volumes = options.withVolumes ? { volumes: 'delete' as const } : {};
  const params = { project: project.id };
  const would: Removed = await client.deleteProject({ params, query: { ...volumes, dryRun: true }, signal });
  if (options.dryRun) return printDone(context, options, would, project.slug, ...losses(would));
  await confirmByName(context, options, { verb: 'delete', name: project.slug, lost: losses(would) });
  const removed = await client.deleteProject({ params, query: volumes, signal });
  printDone(context, options, removed, project.slug, `Deleted project ${project.slug}.`, ...losses(removed, 'is gone'));
}
