import {
  cleanText,
  commitsToCompare,
  decideHead,
  decideSkip,
  decideWatched,
  type Ignored,
  matchBranchRules,
  noBranchRule,
  noService,
  type PushEvent,
  planServices,
  type ServiceCandidate,
  type SkippedService,
} from '@sconce/core';
import { type PushedRepository, readPushRules, readPushServices } from '@sconce/db';
import { SourceRejected } from '@sconce/ports';
import type { BuildFailure } from '../builds/group-builds.ts';
import type { Deps } from '../deps.ts';
import {
  maxServiceFileBytes,
  parseServiceFile,
  type ServiceFile,
  ServiceFileInvalid,
  serviceFilePath,
} from './service-file/parse-service-file.ts';
import { type RepositorySource, type SourceHosts, sourceOf } from './source-hosts.ts';

/** A commit as a build remembers it. */
export interface CommitFacts {
  readonly sha: string;
  /** Null when nobody told it yet. */
  readonly tree: string | null;
  readonly message: string;
  readonly author: string;
}

/** What a push means for one repository of one project. */
export type PushPlan = { readonly repository: PushedRepository } & (
  | { readonly kind: 'ignored'; readonly why: Ignored; readonly isHead: boolean }
  | {
      readonly kind: 'build';
      readonly commit: CommitFacts;
      readonly candidates: readonly ServiceCandidate[];
      readonly skipped: readonly SkippedService[];
    }
  | {
      /** The commit itself cannot be built for any service: shown as a failed build. */
      readonly kind: 'failed';
      readonly commit: CommitFacts;
      readonly failure: BuildFailure;
      readonly serviceIds: readonly { readonly serviceId: string; readonly environmentId: string }[];
    }
);

/** Reads all that decides over a push to a branch, from the database and the git host; writes nothing. Throws `SourceUnavailable`. */
export async function planPush(
  deps: Deps & { readonly sources: SourceHosts },
  repository: PushedRepository,
  push: PushEvent & { readonly after: string },
  signal: AbortSignal,
): Promise<PushPlan> {
  const ignored = (why: Ignored, isHead: boolean): PushPlan => ({ repository, kind: 'ignored', why, isHead });
  const source = sourceOf(deps.sources, repository);
  // Asking the built-in server costs nobody anything, so it is asked before it is known that the answers are needed.
  const early = source !== null && repository.kind === 'builtin' ? readSource(source, push, signal) : null;
  early?.catch(() => {});
  const [rules, standing] = await Promise.all([
    readPushRules(deps.db.tx, [repository.projectId]),
    readPushServices(deps.db.tx, [repository.projectId], [repository.id], push.ref.full),
  ]);
  const environmentIds = matchBranchRules(rules, repository.id, push.ref.name);
  if (environmentIds.length === 0) return ignored(noBranchRule(push), true);
  if (source === null) return ignored(hostNotSetUp(repository), true);
  const { headNow, commit, file } = await (early ?? readSource(source, push, signal));
  const notHead = decideHead(push, commit === null && headNow === push.after ? null : headNow);
  if (notHead !== null || commit === null) return ignored(notHead ?? decideGone(push), false);
  const skip = decideSkip(push.after, commit.message);
  if (skip !== null) return ignored(skip, true);
  const own = standing.filter((service) => service.repositoryId === repository.id);
  if ('failure' in file) {
    const concerned = own.filter((service) => environmentIds.includes(service.environmentId));
    return { repository, kind: 'failed', commit, failure: file.failure, serviceIds: concerned.map(toPlace) };
  }
  const slugOf = new Map(rules.map((rule) => [rule.environmentId, rule.environmentSlug]));
  const plans = environmentIds.map((id) =>
    planServices(repository.id, id, file.services?.servicesIn(slugOf.get(id) ?? '') ?? null, standing),
  );
  const candidates = plans.flatMap((plan) => plan.candidates);
  const skipped = plans.flatMap((plan) => plan.skipped);
  if (candidates.length + skipped.length === 0)
    return ignored(noService(environmentIds.map((id) => slugOf.get(id) ?? id)), true);
  const watched = await splitWatched(source, push.after, candidates, signal);
  return {
    repository,
    kind: 'build',
    commit,
    candidates: watched.touched,
    skipped: [...skipped, ...watched.untouched],
  };
}

async function readSource(source: RepositorySource, push: PushEvent & { readonly after: string }, signal: AbortSignal) {
  const [headNow, commit, file] = await Promise.all([
    source.host.resolveRef(source.repository, push.ref.full, signal),
    readCommitFacts(source, push, signal),
    readServiceFile(source, push.after, signal),
  ]);
  return { headNow, commit, file };
}

function toPlace(service: { readonly id: string; readonly environmentId: string }) {
  return { serviceId: service.id, environmentId: service.environmentId };
}

function hostNotSetUp(repository: PushedRepository): Ignored {
  return {
    reason: 'unknown_repository',
    message: `${repository.fullName} is on ${repository.kind}, which is not set up here.`,
  };
}

function decideGone(push: PushEvent): Ignored {
  return { reason: 'not_a_head', message: `The commit ${push.after?.slice(0, 7)} is not in the repository any more.` };
}

/** From the delivery where the host told it, else read. Null: there is no such commit. */
async function readCommitFacts(
  source: RepositorySource,
  push: PushEvent & { readonly after: string },
  signal: AbortSignal,
): Promise<CommitFacts | null> {
  if (push.head?.sha === push.after) return push.head;
  return readCommit(source, push.after, signal);
}

export async function readCommit(
  source: RepositorySource,
  sha: string,
  signal: AbortSignal,
): Promise<CommitFacts | null> {
  const commit = await source.host.readCommit(source.repository, sha, signal);
  if (commit === null) return null;
  return { sha, tree: commit.tree, message: cleanText(commit.message, 4_000), author: cleanText(commit.author, 200) };
}

/** `services` is null when the commit has no such file. */
export async function readServiceFile(
  source: RepositorySource,
  sha: string,
  signal: AbortSignal,
): Promise<{ readonly services: ServiceFile | null } | { readonly failure: BuildFailure }> {
  try {
    const text = await source.host.readFile(source.repository, sha, serviceFilePath, maxServiceFileBytes, signal);
    return { services: text === null ? null : parseServiceFile(text) };
  } catch (error) {
    if (!(error instanceof ServiceFileInvalid || error instanceof SourceRejected)) throw error;
    const hint = `Mend ${serviceFilePath} and push again.`;
    return { failure: { reason: 'config_invalid', message: cleanText(error.message, 4_000), hint } };
  }
}

async function splitWatched(
  source: RepositorySource,
  commit: string,
  candidates: readonly ServiceCandidate[],
  signal: AbortSignal,
) {
  const compared = await Promise.all(
    commitsToCompare(candidates).map(async (from): Promise<[string, readonly string[] | null]> => {
      if (from === commit) return [from, []];
      return [from, await source.host.changedPaths(source.repository, from, commit, signal)];
    }),
  );
  const changedSince = new Map(compared);
  const touched: ServiceCandidate[] = [];
  const untouched: SkippedService[] = [];
  for (const candidate of candidates) {
    const why = decideWatched(candidate, (from) => changedSince.get(from) ?? null);
    const { environmentId, slug, serviceId } = candidate;
    if (why === null) touched.push(candidate);
    else untouched.push({ environmentId, slug, serviceId, ...why });
  }
  return { touched, untouched };
}
