import { compileMaskPatterns, shortSha } from '@sconce/core';
import { type BuildRow, findPushedRepository } from '@sconce/db';
import { type RetryClock, retry } from '@sconce/foundation';
import {
  type Builder,
  BuilderUnavailable,
  BuildFailed,
  type BuildLimits,
  type BuiltImage,
  type ImageRegistry,
  type SecretOpener,
  SourceRejected,
  SourceUnavailable,
} from '@sconce/ports';
import { openConfiguration } from '../configuration/open-configuration.ts';
import { type RepositorySource, type SourceHosts, sourceOf } from '../deliveries/source-hosts.ts';
import type { Deps } from '../deps.ts';
import type { BuildLog } from './build-log.ts';
import type { BuildWorkspaces } from './build-workspaces.ts';
import { findReusable } from './find-reusable.ts';
import { reuseWords } from './write-reused-builds.ts';

export interface ExecuteDeps extends Deps {
  readonly sources: SourceHosts;
  readonly builder: Builder;
  readonly images: ImageRegistry;
  readonly secretOpener: SecretOpener;
  readonly workspaces: BuildWorkspaces;
  readonly limits: BuildLimits;
}

export interface ExecutedBuild {
  readonly image: BuiltImage;
  /** Build whose image was taken over; null when it was built now. */
  readonly reusedBuildId: string | null;
  readonly tree: string;
  readonly fetchMs?: number;
  readonly buildMs?: number;
}

/**
 * Makes the image: takes over an equal one, or fetches the commit and builds it. Writes nothing but the log. Throws `BuildFailed` for
 * what the user is to know, the signal's reason when it aborts.
 */
export async function executeBuild(
  deps: ExecuteDeps,
  build: BuildRow,
  log: BuildLog,
  signal: AbortSignal,
): Promise<ExecutedBuild> {
  const reusing = build.noCache || build.tree === null ? null : findReusable(deps, build, build.tree, signal);
  // Awaited below; until then its failure is nobody's.
  reusing?.catch(() => {});
  const source = await findSource(deps, build);
  const tree = build.tree ?? (await readTree(deps, source, build, log, signal));
  const reused = build.noCache ? null : await (reusing ?? findReusable(deps, build, tree, signal));
  if (reused) {
    log.say(reuseWords(reused.buildId));
    return { image: reused.image, reusedBuildId: reused.buildId, tree };
  }
  signal.throwIfAborted();
  const workspace = await deps.workspaces.create(build.id);
  try {
    return {
      ...(await fetchAndBuild(deps, { build, source, log, signal, directory: workspace.directory })),
      reusedBuildId: null,
      tree,
    };
  } finally {
    // Nobody waits for it: the directory's name is never used again, and the next start sweeps what is left.
    workspace
      .remove()
      .catch((error: unknown) => deps.log.warn({ err: error, build: build.id }, 'a work directory was left'));
  }
}

interface Job {
  readonly build: BuildRow;
  readonly source: RepositorySource;
  readonly log: BuildLog;
  readonly signal: AbortSignal;
  readonly directory: string;
}

async function fetchAndBuild(deps: ExecuteDeps, job: Job) {
  const { build, log, signal, directory } = job;
  const { clock } = deps;
  const fetchStartedAt = clock.now();
  log.say(`Fetching ${shortSha(build.commit)} of ${job.source.repository.fullName}.`);
  const [secrets] = await Promise.all([openSecrets(deps, build), fetchCommit(deps, job)]);
  const fetchMs = clock.now() - fetchStartedAt;
  if (secrets.length > 0) log.mask(compileMaskPatterns(secrets.map(({ text }) => text)));
  log.say(`Building ${build.settings.dockerfile}${build.noCache ? ' without any cache' : ''}.`);
  const buildStartedAt = clock.now();
  const request = {
    build: build.id,
    directory,
    context: build.settings.context,
    dockerfile: build.settings.dockerfile,
    args: build.settings.args,
    secrets: secrets.map(({ name, text }) => ({ name, value: Buffer.from(text, 'utf8') })),
    labels: { 'sconce.build': build.id, 'sconce.commit': build.commit },
    noCache: build.noCache,
    cacheScope: build.projectId,
    limits: deps.limits,
  };
  const image = await untilBuilderAnswers(deps, log, signal, () => deps.builder.build(request, log.write, signal));
  return { image, fetchMs, buildMs: clock.now() - buildStartedAt };
}

async function findSource(deps: ExecuteDeps, build: BuildRow): Promise<RepositorySource> {
  const repository = await findPushedRepository(deps.db.tx, build.repositoryId);
  if (repository === null) throw new BuildFailed('unknown_repository', 'The repository was removed from the project.');
  const source = sourceOf(deps.sources, repository);
  if (source === null) throw new BuildFailed('fetch_failed', `${repository.kind} is not set up on this installation.`);
  return source;
}

async function readTree(
  deps: ExecuteDeps,
  source: RepositorySource,
  build: BuildRow,
  log: BuildLog,
  signal: AbortSignal,
): Promise<string> {
  const read = () => source.host.readCommit(source.repository, build.commit, signal);
  const commit = await untilSourceAnswers(deps.clock, log, signal, read);
  if (commit === null)
    throw new BuildFailed('fetch_failed', `The commit ${shortSha(build.commit)} is not in the repository any more.`);
  return commit.tree;
}

/** What was left out of the tree (submodules, LFS content) is said in the log. */
async function fetchCommit(deps: ExecuteDeps, { source, build, log, signal, directory }: Job): Promise<void> {
  try {
    const checkOut = () => source.host.checkOut(source.repository, build.commit, directory, signal);
    for (const note of await untilSourceAnswers(deps.clock, log, signal, checkOut)) log.say(note, 'warn');
  } catch (error) {
    if (!(error instanceof SourceRejected)) throw error;
    throw new BuildFailed('fetch_failed', error.message);
  }
}

const sourceAttempts = 6;

async function untilSourceAnswers<T>(
  clock: RetryClock,
  log: BuildLog,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await retry(work, {
      attempts: sourceAttempts,
      baseMs: 500,
      maxMs: 10_000,
      clock,
      signal,
      isPassing: (error) => {
        if (error instanceof SourceUnavailable) log.say(`The git host did not answer; trying again.`, 'warn');
        return error instanceof SourceUnavailable;
      },
    });
  } catch (error) {
    if (!(error instanceof SourceUnavailable)) throw error;
    throw new BuildFailed('fetch_failed', 'The git host did not answer.', 'Start the build again once it does.');
  }
}

/** About five minutes: a container engine that is restarted or updated is back by then. */
const builderAttempts = 35;

async function untilBuilderAnswers<T>(
  deps: ExecuteDeps,
  log: BuildLog,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let said = false;
  try {
    return await retry(work, {
      attempts: builderAttempts,
      baseMs: 500,
      maxMs: 20_000,
      clock: deps.clock,
      signal,
      isPassing: (error) => {
        if (!(error instanceof BuilderUnavailable)) return false;
        if (!said) log.say('The container engine does not answer; waiting for it.', 'warn');
        said = true;
        return true;
      },
    });
  } catch (error) {
    if (!(error instanceof BuilderUnavailable)) throw error;
    throw new BuildFailed(
      'builder_unavailable',
      'The container engine did not answer for five minutes.',
      'Start it, then build again.',
    );
  }
}

async function openSecrets(deps: ExecuteDeps, build: BuildRow): Promise<{ name: string; text: string }[]> {
  if (build.buildSecrets.length === 0) return [];
  const opened = await openConfiguration(
    { ...deps, variableOpener: deps.secretOpener },
    { variables: [], secrets: build.buildSecrets },
  );
  return Object.entries(opened).map(([name, text]) => ({ name, text }));
}
