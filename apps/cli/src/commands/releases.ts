import type { Release } from '@sconce/contract';
import { connect } from '../connection/connect.ts';
import type { Context, GlobalOptions } from '../context.ts';
import { chooseService, findRelease } from '../service/choose-service.ts';
import { stateMark } from '../show/service-state.ts';
import { commitWords, valueWords } from '../show/words.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { table } from '../terminal/table.ts';
import { age } from '../terminal/times.ts';

export interface ReleasesOptions extends GlobalOptions {
  readonly service?: string;
  readonly limit: string;
}

export async function listReleases(context: Context, options: ReleasesOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const service = await chooseService(context, client, options.service);
  const limit = Math.min(200, Math.max(1, Number.parseInt(options.limit, 10) || 20));
  const reply = await client.listReleases({ params: { service: service.id }, query: { limit }, signal });
  if (options.json) return terminal.json(reply);
  if (reply.data.length === 0) return terminal.line(`${service.path} has no release yet.`);
  const now = Date.now();
  for (const row of table(reply.data.map((release) => releaseRow(context, release, now)))) terminal.line(row);
}

function releaseRow(context: Context, release: Release, now: number): string[] {
  const { colours } = context.terminal;
  const mark = release.live ? stateMark('live', colours) : release.desired ? stateMark('moving', colours) : '';
  const gone = release.image.collected ? colours.dim('image collected: build it again to go back') : '';
  return [release.name, mark, release.cause, age(release.createdAt, now), commitWords(release.commit, 40), gone];
}

/** What `first` has otherwise than `second` (the live one, when none is named). */
export async function compareReleases(
  context: Context,
  options: ReleasesOptions,
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
}
