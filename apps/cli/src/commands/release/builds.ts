import type { Build, Client } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { chooseService } from '../../place/choose-service.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { buildMark } from '../../show/service-state.ts';
import { commitWords } from '../../show/words.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age, clock, took } from '../../terminal/times.ts';

export interface BuildsOptions extends ListOptions {
  readonly service?: string;
  readonly phase?: string;
  readonly commit?: string;
}

type Phase = Build['phase'];
export const buildPhases: readonly Phase[] = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'superseded'];

export async function listBuilds(context: Context, options: BuildsOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const service = await chooseService(context, client, options.service);
  const { phase, commit } = options;
  const filter = { ...(phase && { phase: phase as Phase }), ...(commit && { commit }) };
  const reply = await readList(options, (query) =>
    client.listBuilds({ params: { service: service.id }, query: { ...query, ...filter }, signal }),
  );
  printList(context, options, reply, {
    empty: `${service.path} has no ${options.phase ? `${cleanText(options.phase)} ` : ''}build yet.`,
    name: (build) => build.id,
    row: (build, now) => [
      buildMark(build.phase, terminal.colours),
      build.id,
      age(build.createdAt, now),
      tookWords(build, now),
      build.targets.find((target) => target.service.id === service.id)?.release?.name ?? '',
      commitWords(build.commit, 40),
      cleanText(build.message ?? ''),
    ],
  });
}

/** One build: the one named, or the newest of the service. */
export async function showBuild(context: Context, options: BuildsOptions, named: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const build = named
    ? await client.getBuild({ params: { build: named }, signal })
    : await newestBuild(context, client, options.service);
  const now = Date.now();
  const made = build.targets.map(
    ({ service, release, message }) => `${service.path} ${release?.name ?? `no release: ${message ?? 'not yet'}`}`,
  );
  printFacts(context, options, build, build.id, [
    ['phase', `${build.phase}${build.reason ? ` (${build.reason})` : ''}`],
    ['why', build.message],
    ['next', build.hint],
    ['commit', commitWords(build.commit)],
    ['repository', build.repository.slug],
    ['begun', clock(build.createdAt, now)],
    ['took', build.startedAt ? tookWords(build, now) : null],
    ['parts', partWords(build)],
    ['image', build.image && `${build.image.digest}${sizeWords(build.image.sizeBytes)}`],
    ['taken from', build.reusedBuild],
    ['for', made.join('; ')],
  ]);
  if (build.phase === 'failed' && !options.json) terminal.note(`Its log: sconce builds logs ${build.id}`);
}

/** Cancels a build: the one named, or the newest of the service that has not ended. */
export async function cancelBuild(context: Context, options: BuildsOptions, named: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const build = named ?? (await newestUnended(context, client, options.service));
  const reply = await client.updateBuild({ params: { build }, body: { cancelled: true }, signal: context.signal });
  const said = reply.phase === 'cancelled' ? `${reply.id} is cancelled.` : `${reply.id} is being cancelled.`;
  printDone(context, options, reply, reply.id, said);
}

export async function newestBuild(context: Context, client: Client, named: string | undefined): Promise<Build> {
  const service = await chooseService(context, client, named);
  const { data } = await client.listBuilds({
    params: { service: service.id },
    query: { limit: 1 },
    signal: context.signal,
  });
  if (data[0]) return data[0];
  throw new CliFailure(`${service.path} has no build yet`, {
    exitCode: exitCodes.notFound,
    code: 'not_found',
    hint: 'Push to it: sconce deploy',
  });
}

async function newestUnended(context: Context, client: Client, named: string | undefined): Promise<string> {
  const service = await chooseService(context, client, named);
  const { data } = await client.listBuilds({
    params: { service: service.id },
    query: { limit: 50 },
    signal: context.signal,
  });
  const running = data.find((build) => build.phase === 'running' || build.phase === 'queued');
  if (running) return running.id;
  throw new CliFailure(`No build of ${service.path} is queued or running`, {
    exitCode: exitCodes.failed,
    code: 'nothing_to_cancel',
  });
}

function tookWords(build: Build, now: number): string {
  if (!build.startedAt) return '-';
  return took((build.endedAt ? Date.parse(build.endedAt) : now) - Date.parse(build.startedAt));
}

function partWords(build: Build): string {
  return Object.entries(build.timings)
    .map(([part, ms]) => `${part.replace(/Ms$/, '')} ${(ms / 1000).toFixed(1)} s`)
    .join(', ');
}

function sizeWords(bytes: number | null): string {
  return bytes === null ? '' : `, ${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
