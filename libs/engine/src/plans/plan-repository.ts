import {
  type DeclaredService,
  type DeployPlan,
  dockerfilePlaces,
  type FileSettings,
  parseGitRef,
  planDeploy,
  requirementPlaces,
  sourcePlaces,
} from '@sconce/core';
import { findPushedRepository, readNewestImageBytes } from '@sconce/db';
import { SourceRejected, SourceUnavailable } from '@sconce/ports';
import { type CommitFacts, readCommit } from '../deliveries/plan-push.ts';
import {
  maxServiceFileBytes,
  parseServiceFile,
  ServiceFileInvalid,
  serviceFilePath,
} from '../deliveries/service-file/parse-service-file.ts';
import { type RepositorySource, type SourceHosts, sourceOf } from '../deliveries/source-hosts.ts';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';

export interface RepositoryPlan {
  readonly branch: string;
  /** Null: nothing was pushed to the branch yet. */
  readonly commit: (CommitFacts & { readonly ref: string }) | null;
  readonly plan: DeployPlan | null;
}

export interface PlanRepository {
  readonly repository: string;
  readonly name: string;
  /** A branch. */
  readonly branch: string;
}

/** Larger files say no more about how to run it. */
const mostBytes = 256 * 1024;
/** Settings of environments lie over those of the services; the first deploy goes to this one. */
const firstEnvironment = 'production';

/** Reads what the head of a branch says about running it, a dozen files at most. Runs nothing, writes nothing. Throws `Rejection`. */
export async function planRepository(
  deps: Deps & { readonly sources: SourceHosts },
  input: PlanRepository,
  signal: AbortSignal,
): Promise<RepositoryPlan> {
  const repository = await findPushedRepository(deps.db.tx, input.repository);
  if (!repository) throw new Rejection('not_found', 'There is no such repository');
  const source = sourceOf(deps.sources, repository);
  if (!source) throw new Rejection('cannot_run_here', `${repository.kind} is not set up on this installation`);
  const ref = parseGitRef(`refs/heads/${input.branch}`);
  if (!ref) throw badBranch();
  try {
    const sha = await source.host.resolveRef(source.repository, ref.full, signal);
    const commit = sha === null ? null : await readCommit(source, sha, signal);
    if (commit === null) return { branch: input.branch, commit: null, plan: null };
    const read = (path: string) => readText(source, commit.sha, path, signal);
    const imageBytes = await readNewestImageBytes(deps.db.tx, input.repository);
    const plan = await planFiles(input.name, read, imageBytes);
    return { branch: input.branch, commit: { ...commit, ref: ref.full }, plan };
  } catch (error) {
    if (!(error instanceof SourceUnavailable)) throw error;
    throw new Rejection('conflict', 'The git host does not answer right now', { hint: 'Try again in a minute.' });
  }
}

/** The same for files that lie on this machine. */
export function planExample(name: string, files: ReadonlyMap<string, Uint8Array>): Promise<DeployPlan> {
  const decoder = new TextDecoder();
  return planFiles(name, async (path) => decoder.decode(files.get(path) ?? new Uint8Array()) || null, null);
}

async function planFiles(
  name: string,
  read: (path: string) => Promise<string | null>,
  imageBytes: number | null,
): Promise<DeployPlan> {
  const text = await read(serviceFilePath);
  const { declared, mistake } = declaredIn(text);
  const named = declared?.flatMap(({ dockerfile }) => dockerfile ?? []) ?? [];
  const paths = [...new Set([...dockerfilePlaces, ...requirementPlaces, ...sourcePlaces, ...named.slice(0, 10)])];
  const texts = await Promise.all(paths.map(async (path) => [path, await read(path)] as const));
  const files = Object.fromEntries(texts.filter((pair): pair is readonly [string, string] => pair[1] !== null));
  return planDeploy({ name, files, declared, mistake, imageBytes });
}

/** Null too where it is too large or no file: it then says nothing. */
async function readText(
  source: RepositorySource,
  sha: string,
  path: string,
  signal: AbortSignal,
): Promise<string | null> {
  const most = path === serviceFilePath ? maxServiceFileBytes : mostBytes;
  try {
    return await source.host.readFile(source.repository, sha, path, most, signal);
  } catch (error) {
    if (error instanceof SourceRejected) return null;
    throw error;
  }
}

function declaredIn(text: string | null): { declared: DeclaredService[] | null; mistake: string | null } {
  if (text === null) return { declared: null, mistake: null };
  try {
    const services = parseServiceFile(text).servicesIn(firstEnvironment);
    return { declared: services.map(({ slug, settings }) => toDeclared(slug, settings)), mistake: null };
  } catch (error) {
    if (!(error instanceof ServiceFileInvalid)) throw error;
    return { declared: null, mistake: error.message.slice(0, 300) };
  }
}

function toDeclared(slug: string, { settings, build }: FileSettings): DeclaredService {
  const { resources } = settings;
  return {
    slug,
    dockerfile: build.dockerfile ?? null,
    context: build.context ?? null,
    port: settings.port ?? null,
    probe: settings.probe?.path,
    gpu: resources?.gpu === undefined ? undefined : resources.gpu !== null,
    memoryMiB: resources?.memoryMiB,
  };
}

function badBranch(): Rejection {
  const message = 'is not a legal branch name';
  return new Rejection('invalid', `The ref ${message}`, { errors: [{ path: 'ref', code: 'invalid', message }] });
}
