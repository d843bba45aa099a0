import type { Build } from '@sconce/contract';
import { type Connected, connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { followLanding } from '../../deploy/follow-landing.ts';
import { landBuild } from '../../deploy/push-and-follow.ts';
import { chooseService } from '../../place/choose-service.ts';
import { printDone } from '../../show/print-facts.ts';
import { commitWords } from '../../show/words.ts';
import { newestBuild } from './builds.ts';

export interface CreateBuildOptions extends GlobalOptions {
  readonly service?: string;
  readonly commit?: string;
  readonly branch?: string;
  /** Commander's word for `--no-cache`: false when it was given. */
  readonly cache?: boolean;
  readonly follow?: boolean;
}

/** Builds a commit and deploys it: by default the newest one of the repository's default branch. */
export async function createBuild(context: Context, options: CreateBuildOptions): Promise<void> {
  const connected = await connect(context, options);
  const { client } = connected;
  const service = await chooseService(context, client, options.service);
  const build = await client.createBuild({
    params: { service: service.id },
    body: {
      ...(options.commit === undefined ? {} : { commit: options.commit }),
      ...(options.branch === undefined ? {} : { ref: options.branch }),
      ...noCache(options),
    },
    signal: context.signal,
  });
  return report(context, options, connected, build);
}

/** Builds the commit of an earlier build again: of the one named, or of the service's newest. */
export async function rebuild(context: Context, options: CreateBuildOptions, named: string | undefined): Promise<void> {
  const connected = await connect(context, options);
  const { client } = connected;
  const { signal } = context;
  const earlier = named
    ? await client.getBuild({ params: { build: named }, signal })
    : await newestBuild(context, client, options.service);
  const wanted = options.service === undefined ? undefined : (await chooseService(context, client, options.service)).id;
  const service = wanted ?? earlier.targets[0]?.service.id ?? (await chooseService(context, client, undefined)).id;
  const body = { commit: earlier.commit.sha, ...noCache(options) };
  return report(context, options, connected, await client.createBuild({ params: { service }, body, signal }));
}

function noCache(options: CreateBuildOptions): { noCache?: true } {
  return options.cache === false ? { noCache: true } : {};
}

async function report(
  context: Context,
  options: CreateBuildOptions,
  connected: Connected,
  build: Build,
): Promise<void> {
  if (options.follow) return followLanding(context, options, connected, (following) => landBuild(following, build.id));
  printDone(
    context,
    options,
    build,
    build.id,
    `${build.id} is ${build.phase}: ${commitWords(build.commit)}`,
    `Watch it: sconce builds logs ${build.id} --follow`,
  );
}
