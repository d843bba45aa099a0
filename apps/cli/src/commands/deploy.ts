import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Repository } from '@sconce/contract';
import { type Connected, connect } from '../connection/connect.ts';
import type { Context, GlobalOptions } from '../context.ts';
import { type DeployTarget, planDeployTarget, toSlug } from '../deploy/deploy-target.ts';
import type { Following } from '../deploy/follow-work.ts';
import {
  readRepositorySetting,
  readWorkingCopy,
  setRemote,
  type WorkingCopy,
  writeRepositorySetting,
} from '../deploy/git.ts';
import { findMissing } from '../deploy/make-missing.ts';
import { deployAgain, type Landed, pushAndFollow } from '../deploy/push-and-follow.ts';
import { createStageClock, renderPushToLive, type StageClock } from '../show/push-to-live.ts';
import { commitWords } from '../show/words.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { createProgress, type Progress, silentProgress } from '../terminal/progress.ts';
import { took } from '../terminal/times.ts';

export interface DeployOptions extends GlobalOptions {
  readonly service?: string;
  readonly project?: string;
  readonly environment?: string;
  readonly branch?: string;
  readonly remote: string;
  readonly force?: boolean;
  readonly again?: boolean;
  readonly quiet?: boolean;
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
  const repository = await makeReady(context, options, connected, target, toSlug(directoryName), branch);
  if (repository === null) return;
  const stages = createStageClock(() => performance.now());
  const progress = options.json ? silentProgress : createProgress(context.terminal);
  const following = makeFollowing(context, connected, stages, progress, options.quiet === true);
  try {
    const landed = await land(context, options, connected, following, copy, target, repository, branch);
    stages.enter('live');
    stages.finish();
    progress.end();
    const [first] = target.services;
    await writeRepositorySetting(context, copy, 'service', `${target.project}/${target.environment}/${first}`);
    await report(context, options, connected, landed, stages);
  } finally {
    progress.end();
  }
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
  if (url === null) throw new Error(`${repository.path} has no push URL`);
  const remote = await setRemote(context, copy, options.remote, url);
  if (remote !== 'kept') following.onNote(`Remote ${options.remote} ${remote}: ${url}`);
  following.stages.enter('push');
  following.onChange();
  const push = { remote: options.remote, url, branch, token: connected.token, force: options.force === true };
  const landed = await pushAndFollow(context, following, copy, push, target.project, repository.id);
  if (landed !== null) return landed;
  following.onNote(`${branch} is there already; deploying that commit.`);
  return deployAgain(following, connected, target, copy.commit);
}

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

function makeFollowing(
  context: Context,
  connected: Connected,
  stages: StageClock,
  progress: Progress,
  quiet: boolean,
): Following {
  const { noteColours, columns } = context.terminal;
  const render = () => renderPushToLive(stages.stages, stages.startedAtMs, performance.now(), noteColours, columns);
  return {
    client: connected.client,
    signal: context.signal,
    stages,
    onLine: (text) => {
      if (!quiet && text !== '') progress.line(noteColours.dim(`  | ${text}`));
    },
    onNote: (text) => progress.line(cleanText(text)),
    onChange: () => progress.row(stages.current ?? '', render),
  };
}

async function report(
  context: Context,
  options: DeployOptions,
  connected: Connected,
  landed: readonly Landed[],
  stages: StageClock,
): Promise<void> {
  const { terminal, signal } = context;
  const timings = {
    pushMs: stages.tookMs('push'),
    buildMs: stages.tookMs('build'),
    startMs: stages.tookMs('start'),
    shiftMs: stages.tookMs('shift'),
    totalMs: stages.elapsedMs(),
  };
  const services = await Promise.all(
    landed.map(async ({ service, release, rollout, build }) => {
      const { urls } = await connected.client.getService({ params: { service: service.id }, signal });
      return {
        service,
        release,
        urls,
        build: build && { id: build.id, reused: build.reusedBuild },
        rollout: { id: rollout.id, liveAt: rollout.liveAt },
      };
    }),
  );
  if (options.json) return terminal.json({ state: 'live', services, timings });
  const { green, bold, dim } = terminal.colours;
  const parts = (['push', 'build', 'start', 'shift'] as const).flatMap((name) => {
    const ms = stages.tookMs(name);
    return ms === null ? [] : [`${name} ${took(ms)}`];
  });
  for (const { service, release, urls } of services) {
    terminal.line(
      `${green('● live')}  ${bold(service.path)} ${release.name} in ${took(timings.totalMs)}  ${dim(`(${parts.join(', ')})`)}`,
    );
    terminal.line(`  ${urls.host}`);
  }
}
