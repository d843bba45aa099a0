import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Repository } from '@sconce/contract';
import { type Connected, connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { type DeployTarget, planDeployTarget, toSlug } from '../../deploy/deploy-target.ts';
import { followLanding } from '../../deploy/follow-landing.ts';
import type { Following } from '../../deploy/follow-work.ts';
import {
  readRepositorySetting,
  readWorkingCopy,
  setRemote,
  type WorkingCopy,
  writeRepositorySetting,
} from '../../deploy/git.ts';
import { findMissing } from '../../deploy/make-missing.ts';
import { deployAgain, type Landed, pushAndFollow } from '../../deploy/push-and-follow.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { commitWords } from '../../show/words.ts';

export interface DeployOptions extends GlobalOptions {
  readonly service?: string;
  readonly project?: string;
  readonly environment?: string;
  readonly branch?: string;
  readonly remote?: string;
  readonly force?: boolean;
  readonly again?: boolean;
  readonly dryRun?: boolean;
}

/** Pushes the current repository and follows it until it is live. */
export async function deploy(context: Context, options: DeployOptions): Promise<void> {
  const connected = await connect(context, options);
  const copy = await readWorkingCopy(context);
  const file = await readFile(join(copy.directory, 'sconce.yaml'), 'utf8').catch(() => null);
  const directoryName = basename(copy.directory);
  const target = planDeployTarget(options, await readRepositorySetting(context, 'service'), directoryName, file);
  const branch = options.branch ?? copy.branch ?? 'main';
  announce(context, options, copy, target);
  if (copy.branch === null && options.branch === undefined && !options.json)
    context.terminal.note(`HEAD is on no branch, so it goes to ${branch}. To another one: --branch <name>`);
  const repository = await makeReady(context, options, connected, target, toSlug(directoryName), branch);
  if (repository === null) return;
  await followLanding(context, options, connected, async (following) => {
    const landed = await land(context, options, connected, following, copy, target, repository, branch);
    const [first] = target.services;
    await writeRepositorySetting(context, copy, 'service', `${target.project}/${target.environment}/${first}`);
    return landed;
  });
}

async function land(
  context: Context,
  options: DeployOptions,
  connected: Connected,
  following: Following,
  copy: WorkingCopy,
  target: DeployTarget,
  repository: Repository,
  branch: string,
): Promise<Landed[]> {
  const url = repository.pushUrl;
  if (url === null)
    throw new CliFailure(`${repository.path} is on GitHub: push there, and it is deployed`, {
      exitCode: exitCodes.usage,
      code: 'not_builtin',
      hint: `Deploy a commit that is there already: sconce builds create --commit ${copy.commit}`,
    });
  const remoteName = options.remote ?? 'sconce';
  const remote = await setRemote(context, copy, remoteName, url);
  if (remote !== 'kept') following.onNote(`Remote ${remoteName} ${remote}: ${url}`);
  following.stages.enter('push');
  following.onChange();
  const push = { remote: remoteName, url, branch, token: connected.token, force: options.force === true };
  try {
    const landed = await pushAndFollow(context, following, copy, push, target.project, repository.id);
    if (landed !== null) return landed;
    following.onNote(`${branch} is there already; deploying that commit.`);
  } catch (error) {
    if (!(options.again && error instanceof CliFailure && passedOver.has(error.code))) throw error;
    following.onNote('The push was passed over; deploying the commit all the same.');
  }
  return deployAgain(following, connected, target, copy.commit);
}

/** Why a push that was taken deploys nothing, and a commit of it can be deployed nevertheless. */
const passedOver: ReadonlySet<string> = new Set(['skip_ci', 'no_watched_path']);

function announce(context: Context, options: DeployOptions, copy: WorkingCopy, target: DeployTarget): void {
  if (options.json) return;
  const { noteColours, note } = context.terminal;
  const commit = commitWords({ sha: copy.commit, message: copy.title, author: '', ref: null });
  note(`${noteColours.bold(`${target.project}/${target.environment}/${target.services.join(',')}`)}  ${commit}`);
  if (copy.uncommitted > 0)
    note(
      `${copy.uncommitted} uncommitted ${copy.uncommitted === 1 ? 'file is' : 'files are'} not deployed: commit first to deploy them.`,
    );
}

/** Makes what is missing, after saying so; null in a dry run, which ends there. */
async function makeReady(
  context: Context,
  options: DeployOptions,
  connected: Connected,
  target: DeployTarget,
  repositorySlug: string,
  branch: string,
): Promise<Repository | null> {
  const { missing, repository } = await findMissing(connected.client, target, repositorySlug, branch, context.signal);
  if (options.dryRun) {
    if (options.json) context.terminal.json({ target, branch, wouldMake: missing.map(({ what }) => what) });
    else
      context.terminal.line(
        missing.length === 0
          ? `Would push ${branch}; everything it needs is there.`
          : `Would make ${missing.map(({ what }) => what).join(', ')}, then push ${branch}.`,
      );
    return null;
  }
  for (const { what, make } of missing) {
    if (!options.json) context.terminal.note(`Making ${what}`);
    await make();
  }
  return repository();
}
