import type { Client, Service } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { followLanding } from '../../deploy/follow-landing.ts';
import { landDeployment } from '../../deploy/push-and-follow.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseService } from '../../place/choose-service.ts';
import { refuseNothing } from '../../place/refuse-nothing.ts';
import { type Patch, type SettingFlags, toBuildPatch, toSettingsPatch } from '../../settings/setting-flags.ts';
import { printDone } from '../../show/print-facts.ts';
import { settingRows } from '../../show/settings-words.ts';
import { findRepository } from '../place/repositories.ts';

export interface ChangeServiceOptions extends GlobalOptions, SettingFlags {
  readonly service?: string;
  readonly project?: string;
  readonly environment?: string;
  readonly repository?: string;
  readonly name?: string;
  readonly deploy?: boolean;
  readonly follow?: boolean;
  readonly dryRun?: boolean;
}

/** Takes `web`, in the environment that is meant, or `vision/production/web`. */
export async function createService(context: Context, options: ChangeServiceOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const parts = named.split('/');
  const place = parts.length === 3 ? `${parts[0]}/${parts[1]}` : options.environment;
  const environment = await chooseEnvironment(context, client, { project: options.project, environment: place });
  const [project] = environment.split('/');
  const service = await client.createService({
    params: { environment },
    body: { slug: parts.at(-1) ?? named, ...(await changesOf(context, client, options, project)) },
    query: options.dryRun ? { dryRun: true } : {},
    signal: context.signal,
  });
  const next = service.repository ? 'Push to it: sconce deploy' : 'Push to it: sconce deploy, in its repository';
  printDone(
    context,
    options,
    service,
    service.path,
    `${options.dryRun ? 'Would make' : 'Made'} service ${service.path}.`,
    next,
  );
}

/** Changes settings: a layer above the repository’s sconce.yaml. With `--deploy` a release with them is made at once. */
export async function updateService(
  context: Context,
  options: ChangeServiceOptions,
  named: string | undefined,
): Promise<void> {
  const connected = await connect(context, options);
  const { client } = connected;
  const { signal } = context;
  const before = await chooseService(context, client, named ?? options.service);
  const changes = await changesOf(context, client, options, before.project.slug);
  const body = refuseNothing(changes, 'sconce services set --gpu H100 --deploy');
  const asks = options.deploy === true || options.follow === true;
  const query = { ...(options.dryRun && { dryRun: true }), ...(asks && { deploy: true }) };
  const ifMatch = `"${before.version}"`;
  // One write: where no release can be made with it, nothing is changed.
  const changed = await client.updateService({ params: { service: before.id }, query, body, ifMatch, signal });
  const { deployment } = changed;
  if (options.follow && deployment && !options.dryRun)
    return followLanding(context, options, connected, (following) =>
      landDeployment(following, changed.path, deployment),
    );
  const rows = changedRows(before, changed).map(([what, from, to]) => `${what}: ${from} -> ${to}`);
  printDone(
    context,
    options,
    changed,
    changed.path,
    effectWords(options, changed),
    ...rows,
    ...nextWords(options, asks),
  );
}

function effectWords({ dryRun }: ChangeServiceOptions, { path, deployment }: ChangedService): string {
  const verb = dryRun ? 'would get' : 'gets';
  if (deployment?.release)
    return `${path} ${verb} it with ${deployment.release.name}, which ${dryRun ? 'would be' : 'is being'} made.`;
  const when = deployment === null ? 'its first release: nothing was deployed to it yet' : 'its next release';
  return `${path} ${verb} it with ${when}.`;
}

function nextWords({ dryRun }: ChangeServiceOptions, asks: boolean): string[] {
  return asks || dryRun ? [] : ['Make one now: sconce releases create, or --deploy'];
}

type ChangedService = Awaited<ReturnType<Client['updateService']>>;

async function changesOf(
  context: Context,
  client: Client,
  options: ChangeServiceOptions,
  project: string | undefined,
): Promise<Patch> {
  const settings = toSettingsPatch(options);
  const build = toBuildPatch(options);
  const { repository, name } = options;
  const source =
    repository === undefined || repository === 'none'
      ? null
      : (await findRepository(context, client, project, repository)).id;
  return {
    ...(name === undefined ? {} : { name }),
    ...(repository === undefined ? {} : { repository: source }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(Object.keys(build).length === 0 ? {} : { build }),
  };
}

function changedRows(before: Service, after: Service): [string, string, string][] {
  const old = new Map(settingRows(before.effectiveSettings));
  return settingRows(after.effectiveSettings).flatMap(([what, now]): [string, string, string][] => {
    const then = old.get(what) ?? '-';
    return then === (now ?? '-') ? [] : [[what, then, now ?? '-']];
  });
}
