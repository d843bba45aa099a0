import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { type LogsOptions, logs } from '../service/logs.ts';
import { newestBuild } from './builds.ts';

/** The log of the build named, or of the service's newest one. */
export async function showBuildLog(context: Context, options: LogsOptions, named: string | undefined): Promise<void> {
  if (named !== undefined) return logs(context, { ...options, build: named }, undefined);
  const { client } = await connect(context, options);
  const build = await newestBuild(context, client, options.service);
  if (!options.json) context.terminal.note(`${build.id} is ${build.phase}.`);
  return logs(context, { ...options, build: build.id }, undefined);
}
