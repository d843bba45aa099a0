import type { Client, Rollout } from '@sconce/contract';
import { confirm } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { CliFailure } from '../../exit-code.ts';
import { chooseService } from '../../place/choose-service.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age, clock, took } from '../../terminal/times.ts';

export interface RolloutsOptions extends ListOptions {
  readonly service?: string;
  readonly active?: boolean;
  readonly yes?: boolean;
}

export async function listRollouts(context: Context, options: RolloutsOptions): Promise<void> {
  const { client } = await connect(context, options);
  const service = await chooseService(context, client, options.service);
  const filter = options.active ? { active: 'true' as const } : {};
  const reply = await readList(options, (query) =>
    client.listRollouts({
      params: { service: service.id },
      query: { ...query, ...filter },
      signal: context.signal,
    }),
  );
  printList(context, options, reply, {
    empty: options.active ? `No rollout of ${service.path} is under way.` : `${service.path} has no rollout yet.`,
    name: (rollout) => rollout.id,
    row: (rollout, now) => [
      rollout.id,
      rollout.release.name,
      phaseWords(rollout),
      rollout.cause,
      age(rollout.createdAt, now),
      rollout.liveAt ? `live after ${took(Date.parse(rollout.liveAt) - Date.parse(rollout.createdAt))}` : '-',
      cleanText(rollout.message ?? ''),
    ],
  });
}

/** One rollout: the one named, else the one under way, else the newest. */
export async function showRollout(
  context: Context,
  options: RolloutsOptions,
  named: string | undefined,
): Promise<void> {
  const { client } = await connect(context, options);
  const rollout = await findRollout(context, client, options, named, false);
  const now = Date.now();
  const at = (moment: string | null) => moment && clock(moment, now);
  printFacts(context, options, rollout, rollout.id, [
    ['of', `${rollout.service.path} to ${rollout.release.name}`],
    ['from', rollout.from?.name],
    ['phase', phaseWords(rollout)],
    ['why', rollout.message],
    ['next', rollout.hint],
    ['cause', `${rollout.cause}${rollout.createdBy ? ` by ${rollout.createdBy}` : ''}`],
    ['begun', at(rollout.createdAt)],
    ['ready', at(rollout.preparedAt)],
    ['live', at(rollout.liveAt)],
    ['watched until', at(rollout.watchUntil)],
    ['ended', at(rollout.endedAt)],
  ]);
  if (!options.json) for (const line of rollout.lastLines) context.terminal.note(`  | ${cleanText(line.text ?? '')}`);
}

/** Stands still where it is, or goes on. */
async function pauseRollout(
  context: Context,
  options: RolloutsOptions,
  named: string | undefined,
  paused: boolean,
): Promise<void> {
  const { client } = await connect(context, options);
  const { id } = await findRollout(context, client, options, named, true);
  const rollout = await client.updateRollout({ params: { rollout: id }, body: { paused }, signal: context.signal });
  const to = `${rollout.service.path} to ${rollout.release.name}`;
  const lines = paused
    ? [`The rollout of ${to} stands still.`, `Let it go on: sconce rollouts resume --service ${rollout.service.path}`]
    : [`The rollout of ${to} goes on.`];
  printDone(context, options, rollout, rollout.id, ...lines);
}

/** Takes it back: what was live before answers again. */
export async function abortRollout(
  context: Context,
  options: RolloutsOptions,
  named: string | undefined,
): Promise<void> {
  const { client } = await connect(context, options);
  const { id, service, release, from } = await findRollout(context, client, options, named, true);
  const keeps = from ? `${from.name} stays` : 'nothing was live before';
  await confirm(context, options, `Take back the rollout of ${service.path} to ${release.name} (${keeps})?`);
  const rollout = await client.abortRollout({ params: { rollout: id }, signal: context.signal });
  printDone(
    context,
    options,
    rollout,
    rollout.id,
    `The rollout of ${service.path} to ${release.name} is taken back; ${keeps}.`,
  );
}

async function findRollout(
  context: Context,
  client: Client,
  options: RolloutsOptions,
  named: string | undefined,
  underWay: boolean,
): Promise<Rollout> {
  const { signal } = context;
  if (named !== undefined) return client.getRollout({ params: { rollout: named }, signal });
  const service = await chooseService(context, client, options.service);
  const { data } = await client.listRollouts({ params: { service: service.id }, query: { limit: 20 }, signal });
  const active = data.find((rollout) => rollout.endedAt === null) ?? (underWay ? undefined : data[0]);
  if (active) return active;
  throw new CliFailure(underWay ? `No rollout of ${service.path} is under way` : `${service.path} has no rollout yet`, {
    code: 'nothing_under_way',
    hint: `See them: sconce rollouts --service ${service.path}`,
  });
}

function phaseWords({ phase, paused, reason }: Rollout): string {
  return `${paused && phase !== 'paused' ? `paused in ${phase}` : phase}${reason ? ` (${reason.replaceAll('_', ' ')})` : ''}`;
}

export async function pause(context: Context, options: RolloutsOptions, named: string | undefined): Promise<void> {
  return pauseRollout(context, options, named, true);
}

export async function resume(context: Context, options: RolloutsOptions, named: string | undefined): Promise<void> {
  return pauseRollout(context, options, named, false);
}
