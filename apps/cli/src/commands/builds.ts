import { connect } from '../connection/connect.ts';
import type { Context, GlobalOptions } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { chooseService } from '../service/choose-service.ts';
import { buildMark } from '../show/service-state.ts';
import { commitWords } from '../show/words.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { table } from '../terminal/table.ts';
import { age, duration } from '../terminal/times.ts';

export interface BuildsOptions extends GlobalOptions {
  readonly service?: string;
  readonly limit: string;
}

export async function listBuilds(context: Context, options: BuildsOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const service = await chooseService(context, client, options.service);
  const limit = Math.min(200, Math.max(1, Number.parseInt(options.limit, 10) || 20));
  const reply = await client.listBuilds({ params: { service: service.id }, query: { limit }, signal });
  if (options.json) return terminal.json(reply);
  if (reply.data.length === 0) return terminal.line(`${service.path} has no build yet.`);
  const now = Date.now();
  const rows = reply.data.map((build) => {
    const took = build.startedAt
      ? duration((build.endedAt ? Date.parse(build.endedAt) : now) - Date.parse(build.startedAt))
      : '-';
    const release = build.targets.find((target) => target.service.id === service.id)?.release?.name ?? '';
    return [
      buildMark(build.phase, terminal.colours),
      build.id,
      age(build.createdAt, now),
      took,
      release,
      commitWords(build.commit, 40),
      cleanText(build.message ?? ''),
    ];
  });
  for (const row of table(rows)) terminal.line(row);
}

/** Cancels a build: the one named, or the newest of the service that has not ended. */
export async function cancelBuild(context: Context, options: BuildsOptions, named: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const build = named ?? (await newestUnended(context, options));
  const reply = await client.updateBuild({ params: { build }, body: { cancelled: true }, signal });
  if (options.json) return terminal.json(reply);
  terminal.line(reply.phase === 'cancelled' ? `${reply.id} is cancelled.` : `${reply.id} is being cancelled.`);
}

async function newestUnended(context: Context, options: BuildsOptions): Promise<string> {
  const { client } = await connect(context, options);
  const service = await chooseService(context, client, options.service);
  const { data } = await client.listBuilds({
    params: { service: service.id },
    query: { limit: 50 },
    signal: context.signal,
  });
  const running = data.find((build) => build.phase === 'running' || build.phase === 'queued');
  if (!running)
    throw new CliFailure(`No build of ${service.path} is queued or running`, {
      exitCode: exitCodes.failed,
      code: 'nothing_to_cancel',
    });
  return running.id;
}
