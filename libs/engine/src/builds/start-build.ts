import { type BuildId, isCommitSha, parseGitRef, planServices, type ServiceCandidate } from '@sconce/core';
import {
  findPushedRepository,
  insertBuild,
  type NewBuild,
  nextBuildPosition,
  type PushedRepository,
  readPushServices,
  readServicePlace,
} from '@sconce/db';
import { newId } from '@sconce/foundation';
import { SourceUnavailable } from '@sconce/ports';
import { type CommitFacts, readCommit, readServiceFile } from '../deliveries/plan-push.ts';
import { type RepositorySource, type SourceHosts, sourceOf } from '../deliveries/source-hosts.ts';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { groupBuilds } from './group-builds.ts';

export interface StartBuild {
  readonly service: string;
  /** A full object name; wins over `ref`. */
  readonly commit?: string | null;
  /** A branch name or a full ref; the repository's default branch when neither is given. */
  readonly ref?: string | null;
  /** Build every step again, and take no earlier image over. */
  readonly noCache?: boolean;
  readonly actor: Actor;
}

/** Builds a commit of a service's repository by hand, newer than every push so far. Throws `Rejection`. */
export async function startBuild(
  deps: Deps & { readonly sources: SourceHosts },
  input: StartBuild,
  signal: AbortSignal,
): Promise<{ readonly build: BuildId; readonly commit: string }> {
  const { repository, source, environmentId, environmentSlug, defaultBranch } = await findPlace(deps, input.service);
  const wanted = await resolveWanted(source, input, defaultBranch, signal);
  const [file, standing] = await Promise.all([
    readServiceFile(source, wanted.commit.sha, signal),
    readPushServices(deps.db.tx, [repository.projectId], [repository.id], wanted.ref ?? ''),
  ]);
  if ('failure' in file) throw new Rejection('invalid', file.failure.message, { hint: file.failure.hint });
  const plan = planServices(repository.id, environmentId, file.services?.servicesIn(environmentSlug) ?? null, standing);
  const candidate = plan.candidates.find(({ serviceId }) => serviceId === input.service);
  if (candidate === undefined) {
    const why = plan.skipped.find(({ serviceId }) => serviceId === input.service);
    throw new Rejection('conflict', why?.message ?? 'The service is not built from this repository.');
  }
  const build = await writeBuild(deps, input, repository, wanted, candidate);
  return { build, commit: wanted.commit.sha };
}

async function findPlace(deps: Deps & { readonly sources: SourceHosts }, service: string) {
  const place = await readServicePlace(deps.db.tx, service);
  if (place === null) throw new Rejection('not_found', 'There is no such service.');
  const repository = place.repositoryId === null ? null : await findPushedRepository(deps.db.tx, place.repositoryId);
  if (repository === null) {
    throw new Rejection('conflict', 'The service has no repository to build from.', {
      hint: 'Connect one, or deploy an image.',
    });
  }
  const source = sourceOf(deps.sources, repository);
  if (source === null) throw new Rejection('cannot_run_here', `${repository.kind} is not set up on this installation.`);
  return { ...place, repository, source };
}

interface Wanted {
  readonly commit: CommitFacts;
  readonly ref: string | null;
}

async function resolveWanted(
  source: RepositorySource,
  input: StartBuild,
  defaultBranch: string,
  signal: AbortSignal,
): Promise<Wanted> {
  try {
    const ref = input.commit != null && input.ref == null ? null : toFullRef(input.ref ?? defaultBranch);
    if (input.commit != null && !isCommitSha(input.commit)) throw notACommit();
    const sha = input.commit ?? (ref === null ? null : await source.host.resolveRef(source.repository, ref, signal));
    if (sha === null) {
      throw new Rejection('not_found', `The repository has no ${ref}.`, {
        hint: 'Push it first, or name another branch.',
      });
    }
    const commit = await readCommit(source, sha, signal);
    if (commit === null)
      throw new Rejection('not_found', `The repository has no commit ${sha}.`, { hint: 'Push it first.' });
    return { commit, ref };
  } catch (error) {
    if (!(error instanceof SourceUnavailable)) throw error;
    throw new Rejection('conflict', 'The git host does not answer right now.', { hint: 'Try again in a minute.' });
  }
}

function notACommit(): Rejection {
  const message = 'is not a full commit id of 40 hexadecimal digits';
  return new Rejection('invalid', `The commit ${message}.`, { errors: [{ path: 'commit', code: 'invalid', message }] });
}

function toFullRef(name: string): string {
  const ref = parseGitRef(name.startsWith('refs/') ? name : `refs/heads/${name}`);
  if (ref !== null) return ref.full;
  const message = 'is not a legal branch name';
  throw new Rejection('invalid', `The ref ${message}.`, { errors: [{ path: 'ref', code: 'invalid', message }] });
}

async function writeBuild(
  deps: Deps,
  input: StartBuild,
  repository: PushedRepository,
  wanted: Wanted,
  candidate: ServiceCandidate,
): Promise<BuildId> {
  return deps.db.transaction(async (tx) => {
    const [group] = await groupBuilds(tx, [candidate]);
    if (group === undefined) throw new Error(`Service ${input.service} makes no build`);
    if (group.failure !== null) throw new Rejection('conflict', group.failure.message, { hint: group.failure.hint });
    const id = newId('bld', deps.clock.now());
    const build: NewBuild = {
      id,
      projectId: repository.projectId,
      repositoryId: repository.id,
      deliveryId: null,
      position: await nextBuildPosition(tx),
      ref: wanted.ref,
      commit: wanted.commit.sha,
      commitMessage: wanted.commit.message,
      commitAuthor: wanted.commit.author,
      tree: wanted.commit.tree,
      settings: group.settings,
      settingsHash: group.settingsHash,
      buildSecrets: group.buildSecrets,
      noCache: input.noCache ?? false,
      createdBy: input.actor,
    };
    await insertBuild(tx, build, [
      { serviceId: input.service, environmentId: candidate.environmentId, fileSettings: candidate.file },
    ]);
    return id;
  });
}
