import type { Client, Repository } from '@sconce/contract';
import { confirmByName } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { chooseProject } from '../../place/choose-project.ts';
import { refuseNothing } from '../../place/refuse-nothing.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { age, clock } from '../../terminal/times.ts';

export interface RepositoryOptions extends ListOptions {
  readonly project?: string;
  readonly kind?: string;
  readonly slug?: string;
  readonly defaultBranch?: string;
  /** GitHub’s numbers of the repository and of the installation that sees it. */
  readonly hostId?: string;
  readonly installation?: string;
  readonly yes?: boolean;
}

export async function listRepositories(context: Context, options: RepositoryOptions): Promise<void> {
  const { client } = await connect(context, options);
  const project = await chooseProject(context, client, options.project);
  const kind = options.kind === undefined ? {} : { kind: options.kind as Repository['kind'] };
  const reply = await readList(options, (query) =>
    client.listRepositories({ params: { project: project.id }, query: { ...query, ...kind }, signal: context.signal }),
  );
  printList(context, options, reply, {
    empty: `${project.slug} has no repository yet. Make one: sconce repositories create <slug>`,
    head: ['REPOSITORY', 'KIND', 'DEFAULT BRANCH', 'WHERE', 'MADE'],
    name: ({ path }) => path,
    row: (one, now) => [one.path, one.kind, one.defaultBranch, one.pushUrl ?? one.fullName, age(one.createdAt, now)],
  });
}

export async function showRepository(context: Context, options: RepositoryOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const repository = await findRepository(context, client, options.project, named);
  printFacts(context, options, repository, repository.path, [
    ['kind', repository.kind],
    ['push to', repository.pushUrl],
    ['on GitHub', repository.kind === 'github' ? repository.fullName : null],
    ['default branch', repository.defaultBranch],
    ['made', clock(repository.createdAt, Date.now())],
    ['id', repository.id],
  ]);
}

export async function createRepository(context: Context, options: RepositoryOptions, slug: string): Promise<void> {
  const { client } = await connect(context, options);
  const project = await chooseProject(context, client, options.project);
  const branch = options.defaultBranch === undefined ? {} : { defaultBranch: options.defaultBranch };
  const repository = await client.createRepository({
    params: { project: project.id },
    body: { kind: 'builtin', slug, ...branch },
    signal: context.signal,
  });
  printDone(
    context,
    options,
    repository,
    repository.path,
    `Made repository ${repository.path}.`,
    `git remote add sconce ${repository.pushUrl}`,
  );
}

/** A repository on GitHub; `fullName` is `owner/name`. */
export async function connectRepository(context: Context, options: RepositoryOptions, fullName: string): Promise<void> {
  const { client } = await connect(context, options);
  if (options.hostId === undefined)
    throw new CliFailure('Name GitHub’s number of the repository: --host-id <number>', {
      exitCode: exitCodes.usage,
      code: 'invalid',
      hint: `It is the id in https://api.github.com/repos/${fullName.slice(0, 100)}`,
    });
  const project = await chooseProject(context, client, options.project);
  const name = fullName.split('/').at(-1) ?? fullName;
  const repository = await client.createRepository({
    params: { project: project.id },
    body: {
      kind: 'github',
      slug: options.slug ?? name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
      fullName,
      hostId: options.hostId,
      ...(options.installation === undefined ? {} : { installationId: options.installation }),
      ...(options.defaultBranch === undefined ? {} : { defaultBranch: options.defaultBranch }),
    },
    signal: context.signal,
  });
  printDone(context, options, repository, repository.path, `${fullName} is connected as ${repository.path}.`);
}

export async function updateRepository(context: Context, options: RepositoryOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const changes = options.defaultBranch === undefined ? {} : { defaultBranch: options.defaultBranch };
  const body = refuseNothing(changes, `sconce repositories set ${named} --default-branch trunk`);
  const { id } = await findRepository(context, client, options.project, named);
  const repository = await client.updateRepository({ params: { repository: id }, body, signal: context.signal });
  printDone(
    context,
    options,
    repository,
    repository.path,
    `${repository.path} has the default branch ${repository.defaultBranch}.`,
  );
}

export async function deleteRepository(context: Context, options: RepositoryOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const { id, path, kind } = await findRepository(context, client, options.project, named);
  const lost = [
    'Services that are built from it keep running, and no push reaches them any more.',
    kind === 'builtin'
      ? 'Its commits are gone for good, but for the clones there are.'
      : 'On GitHub it stays as it is.',
  ];
  await confirmByName(context, options, { verb: 'delete', name: path, lost });
  const reply = await client.deleteRepository({ params: { repository: id }, signal: context.signal });
  printDone(context, options, reply, path, `Deleted repository ${path}.`);
}

/** By id, `project/repository`, or its slug in the project that is meant. */
export async function findRepository(
  context: Context,
  client: Client,
  project: string | undefined,
  named: string,
): Promise<Repository> {
  const isWhole = named.includes('/') || named.startsWith('rpo_');
  const reference = isWhole ? named : `${(await chooseProject(context, client, project)).slug}/${named}`;
  return client.getRepository({ params: { repository: reference }, signal: context.signal });
}
