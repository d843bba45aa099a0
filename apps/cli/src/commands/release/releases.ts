import type { Release } from '@sconce/contract';
import { type Connected, connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { followLanding } from '../../deploy/follow-landing.ts';
import { landDeployment } from '../../deploy/push-and-follow.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { chooseService } from '../../place/choose-service.ts';
import { findRelease } from '../../place/find-release.ts';
import { foldedPackages, packageLines } from '../../show/package-lines.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { stateMark } from '../../show/service-state.ts';
import { settingRows } from '../../show/settings-words.ts';
import { commitWords, valueWords } from '../../show/words.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { table } from '../../terminal/table.ts';
import { age, clock } from '../../terminal/times.ts';

export interface ReleasesOptions extends ListOptions {
  readonly service?: string;
  readonly wasLive?: boolean;
  readonly commit?: string;
}

export interface CompareReleasesOptions extends ReleasesOptions {
  readonly all?: boolean;
}

export interface CreateReleaseOptions extends ReleasesOptions {
  readonly build?: string;
  readonly image?: string;
  readonly follow?: boolean;
  readonly dryRun?: boolean;
}

export async function listReleases(context: Context, options: ReleasesOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { signal } = context;
  const service = await chooseService(context, client, options.service);
  const { wasLive, commit } = options;
  const filter = { ...(wasLive && { wasLive }), ...(commit && { commit }) };
  const reply = await readList(options, (query) =>
    client.listReleases({ params: { service: service.id }, query: { ...query, ...filter }, signal }),
  );
  printList(context, options, reply, {
    empty: `${service.path} has no release yet.`,
    name: (release) => release.name,
    row: (release, now) => releaseRow(context, release, now),
  });
}

function releaseRow(context: Context, release: Release, now: number): string[] {
  const { colours } = context.terminal;
  const mark = release.live ? stateMark('live', colours) : release.desired ? stateMark('moving', colours) : '';
  const gone = release.image.collected ? colours.dim('image collected: build it again to go back') : '';
  return [release.name, mark, release.cause, age(release.createdAt, now), commitWords(release.commit, 40), gone];
}

/** One release with all that was frozen into it: the one named, or the live one. */
export async function showRelease(
  context: Context,
  options: ReleasesOptions,
  named: string | undefined,
): Promise<void> {
  const { client } = await connect(context, options);
  const { signal } = context;
  const release = await client.getRelease({ params: { release: await releaseId(context, options, named) }, signal });
  const now = Date.now();
  const frozen = (values: Release['spec']['variables']) =>
    values.map(({ name, version }) => `${name} v${version}`).join(', ');
  printFacts(context, options, release, `${release.service.path} ${release.name}`, [
    ['is', release.live ? 'live' : release.desired ? 'to be live' : release.retiredAt ? 'retired' : 'not live'],
    [
      'made',
      `${clock(release.createdAt, now)}${release.createdBy ? ` by ${release.createdBy}` : ''} (${release.cause})`,
    ],
    ['first live', release.liveAt && clock(release.liveAt, now)],
    ['commit', commitWords(release.commit)],
    ['build', release.build],
    ['image', `${release.image.digest}${release.image.collected ? ' (collected: build it again to go back)' : ''}`],
    ...settingRows(release.spec),
    ['variables', frozen(release.spec.variables)],
    ['secrets', frozen(release.spec.secrets)],
  ]);
}

async function releaseId(context: Context, options: ReleasesOptions, named: string | undefined): Promise<string> {
  if (named?.startsWith('rel_')) return named;
  const { client } = await connect(context, options);
  const service = await chooseService(context, client, options.service);
  if (named !== undefined) return findRelease(client, service, named, context.signal);
  if (service.live) return service.live.release.id;
  throw new CliFailure(`Nothing of ${service.path} was live yet`, {
    exitCode: exitCodes.notFound,
    code: 'not_found',
    hint: 'Name one: sconce releases show r1',
  });
}

/** Deploys without a push: a build, an image or a commit; with none of them the current image with the current settings. */
export async function createRelease(context: Context, options: CreateReleaseOptions): Promise<void> {
  const connected: Connected = await connect(context, options);
  const { client } = connected;
  const { signal } = context;
  const service = await chooseService(context, client, options.service);
  const { build, image, commit } = options;
  const body = { ...(build && { build }), ...(image && { image }), ...(commit && { commit }) };
  const query = options.dryRun ? { dryRun: true } : {};
  const deployment = await client.createRelease({ params: { service: service.id }, query, body, signal });
  if (options.follow && !options.dryRun)
    return followLanding(context, options, connected, (following) =>
      landDeployment(following, service.path, deployment),
    );
  const { release } = deployment;
  const name = release?.name ?? deployment.build?.id ?? service.path;
  const said = release
    ? `${service.path} ${options.dryRun ? 'would get' : 'gets'} ${release.name}`
    : `${service.path}: ${deployment.build?.id ?? 'the commit'} ${options.dryRun ? 'would be' : 'is being'} built first`;
  const next = options.dryRun ? deployment.rollout?.forecast?.message : 'Watch it: sconce status';
  printDone(context, options, deployment, name, said, ...(next ? [next] : []));
}

/** What `first` has otherwise than `second` (the live one, when none is named). */
export async function compareReleases(
  context: Context,
  options: CompareReleasesOptions,
  first: string,
  second: string | undefined,
): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const service = await chooseService(context, client, options.service);
  const release = await findRelease(client, service, first, signal);
  const other =
    second === undefined ? (service.live?.release.id ?? release) : await findRelease(client, service, second, signal);
  const reply = await client.getRelease({ params: { release }, query: { compare: other }, signal });
  if (options.json) return terminal.json(reply);
  const { compared } = reply;
  if (!compared) return;
  terminal.line(`${reply.name} beside ${compared.release.name}: ${cleanText(compared.summary)}`);
  const rows = compared.groups.flatMap(({ group, differences }) =>
    differences.map(({ name, from, to }) => [
      `  ${cleanText(group === name ? group : `${group} ${name}`)}`,
      valueWords(from),
      '->',
      valueWords(to),
    ]),
  );
  for (const row of table(rows)) terminal.line(row);
  for (const line of packageLines(compared.packages, options.all ? Number.POSITIVE_INFINITY : foldedPackages))
    terminal.line(line);
}
