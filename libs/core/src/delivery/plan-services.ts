import { globList, takesEverything } from '../branch-rule/glob-list.ts';
import { effectiveBuildSettings, effectiveSecretGroups } from '../service/effective-settings.ts';
import { emptyFileSettings, type FileSettings } from '../service/file-settings.ts';
import type { BuildSettings } from '../service/service-settings.ts';
import type { Ignored } from './decide-push.ts';

/** A living service of the project. */
export interface StandingService {
  readonly id: string;
  readonly environmentId: string;
  readonly slug: string;
  readonly repositoryId: string | null;
  readonly buildSettings: object;
  readonly fileSettings: object;
  readonly secretGroups: readonly string[];
  /** Commit of its newest build from this ref that is queued, running or succeeded. */
  readonly builtCommit: string | null;
}

export interface NamedService {
  readonly slug: string;
  readonly settings: FileSettings;
}

/** A service that a commit is for, with what decides its image. */
export interface ServiceCandidate {
  readonly environmentId: string;
  readonly slug: string;
  /** Null: the file names it and it is yet to be made. */
  readonly serviceId: string | null;
  readonly file: FileSettings;
  readonly build: BuildSettings;
  readonly secretGroups: readonly string[];
  readonly builtCommit: string | null;
}

export interface SkippedService extends Ignored {
  readonly environmentId: string;
  readonly slug: string;
  readonly serviceId: string | null;
}

export interface ServicePlan {
  readonly candidates: readonly ServiceCandidate[];
  readonly skipped: readonly SkippedService[];
}

/**
 * The services of one environment that a commit of a repository is for. With a file: those it names, made when they do not stand yet,
 * and those that people made for this repository. Without one: the latter alone. `named` is null when the commit has no file.
 */
export function planServices(
  repositoryId: string,
  environmentId: string,
  named: readonly NamedService[] | null,
  standing: readonly StandingService[],
): ServicePlan {
  const here = standing.filter((service) => service.environmentId === environmentId);
  const bySlug = new Map(here.map((service) => [service.slug, service]));
  const candidates: ServiceCandidate[] = [];
  const skipped: SkippedService[] = [];
  for (const { slug, settings } of named ?? []) {
    const service = bySlug.get(slug) ?? null;
    if (service === null || service.repositoryId === repositoryId)
      candidates.push(toCandidate(environmentId, slug, service, settings));
    else skipped.push({ environmentId, slug, serviceId: service.id, ...nameTaken(slug, service) });
  }
  const names = new Set(named?.map(({ slug }) => slug));
  for (const service of here) {
    if (service.repositoryId !== repositoryId || names.has(service.slug)) continue;
    if (named !== null && cameFromFile(service)) {
      skipped.push({ environmentId, slug: service.slug, serviceId: service.id, ...noLongerNamed(service.slug) });
    } else {
      candidates.push(toCandidate(environmentId, service.slug, service, emptyFileSettings));
    }
  }
  return { candidates, skipped };
}

function toCandidate(
  environmentId: string,
  slug: string,
  service: StandingService | null,
  file: FileSettings,
): ServiceCandidate {
  return {
    environmentId,
    slug,
    serviceId: service?.id ?? null,
    file,
    build: effectiveBuildSettings(file, service?.buildSettings ?? {}),
    secretGroups: effectiveSecretGroups(file, service?.secretGroups ?? []),
    builtCommit: service?.builtCommit ?? null,
  };
}

function cameFromFile(service: StandingService): boolean {
  return Object.keys(service.fileSettings).length > 0;
}

function noLongerNamed(slug: string): Ignored {
  const message = `sconce.yaml no longer names ${slug}. It keeps running what it runs; delete it, or name it again.`;
  return { reason: 'no_service', message };
}

function nameTaken(slug: string, service: StandingService): Ignored {
  const by = service.repositoryId === null ? 'a service without a repository' : 'a service of another repository';
  const message = `sconce.yaml names ${slug}, but ${by} has that name here. Rename one of them.`;
  return { reason: 'config_invalid', message };
}

/** Commits to compare with before it is known whether a push touches these services: each once. */
export function commitsToCompare(candidates: readonly ServiceCandidate[]): string[] {
  const asked = candidates.filter(({ build }) => !takesEverything(build.watch));
  return [...new Set(asked.flatMap(({ builtCommit }) => (builtCommit === null ? [] : [builtCommit])))];
}

/**
 * Null: build it. Compared is with the commit last built for this service, not with the push before: what was skipped, failed or was
 * overtaken in between counts too. `changedSince` answers null when it cannot be told, and then it is built.
 */
export function decideWatched(
  candidate: ServiceCandidate,
  changedSince: (commit: string) => readonly string[] | null,
): Ignored | null {
  const { build, builtCommit, slug } = candidate;
  if (builtCommit === null || takesEverything(build.watch)) return null;
  const changed = changedSince(builtCommit);
  if (changed === null || changed.some(globList(build.watch))) return null;
  const message = `Nothing that ${slug} watches has changed since the commit that was last built for it.`;
  return { reason: 'no_watched_path', message };
}

export function noService(environmentNames: readonly string[]): Ignored {
  const where = environmentNames.join(' or ');
  const message = `Nothing in ${where} is built from this repository. Commit a sconce.yaml that names a service, or make one.`;
  return { reason: 'no_service', message };
}
