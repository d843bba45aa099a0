import {
  compareFileSettings,
  emptyFileSettings,
  planServices,
  type ServiceCandidate,
  type SettingsLayer,
  type SkippedService,
  toFileSettings,
} from '@sconce/core';
import { findEnvironment, type ServiceView, viewServices } from '@sconce/db';
import { listSecretGroups } from '../configuration/secret-groups.ts';
import {
  parseServiceFile,
  type ServiceFile,
  ServiceFileInvalid,
} from '../deliveries/service-file/parse-service-file.ts';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { referenceInProject } from './references.ts';

const everything = { limit: 1_000, after: null, order: 'oldest' } as const;

/**
 * What deploying `file` would change in an environment, decided by what decides a push. Changes nothing. Throws `Rejection` with every mistake
 * of the file by its place.
 */
export async function planServiceFile(
  deps: Deps,
  input: { readonly environmentId: string; readonly file: string; readonly repository: string | null },
) {
  const { tx } = deps.db;
  const file = readFile(input.file);
  const environment = await findEnvironment(tx, input.environmentId);
  if (!environment) throw new Rejection('not_found', 'There is no such environment');
  const { project } = environment;
  const repositoryId =
    input.repository === null ? null : await referenceInProject(tx, 'repository', input.repository, project);
  const standing = await viewServices(tx, { environmentId: environment.id }, everything);
  const groups = new Set((await listSecretGroups(deps, environment.id)).map(({ slug }) => slug));
  const named = file.servicesIn(environment.slug);
  // No repository has this id: what stands belongs to others then, as it does for a push from a repository that is new.
  const plan = planServices(repositoryId ?? 'none', environment.id, named, standing.map(toStanding));
  const services = named.map(({ slug }) => {
    const found = standing.find((service) => service.slug === slug) ?? null;
    const candidate = plan.candidates.find((one) => one.slug === slug);
    return candidate
      ? toPlanned(candidate, found, groups)
      : toRefused(slug, found, plan.skipped.find((one) => one.slug === slug) ?? null);
  });
  const unnamed = plan.skipped.flatMap(({ slug, message }) => {
    const service = standing.find((one) => one.slug === slug);
    return service && !named.some((one) => one.slug === slug) ? [{ service: nameOf(service), message }] : [];
  });
  const { id, slug } = environment;
  return { project: { id: project.id, slug: project.slug }, environment: { id, slug }, services, unnamed };
}

function readFile(text: string): ServiceFile {
  try {
    return parseServiceFile(text);
  } catch (error) {
    if (!(error instanceof ServiceFileInvalid)) throw error;
    const errors = error.message.split('\n').map((message) => ({ path: 'file', code: 'config_invalid', message }));
    throw new Rejection('invalid', 'sconce.yaml cannot be used as it stands', { errors });
  }
}

function toStanding(service: ServiceView) {
  return {
    id: service.id,
    environmentId: service.environment.id,
    slug: service.slug,
    repositoryId: service.repository?.id ?? null,
    buildSettings: service.buildSettings as object,
    fileSettings: service.fileSettings as object,
    secretGroups: service.secretGroups,
    builtCommit: null,
  };
}

function toPlanned(candidate: ServiceCandidate, service: ServiceView | null, groups: ReadonlySet<string>) {
  const { slug, file } = candidate;
  const before = service === null ? null : toFileSettings(service.fileSettings);
  const above = {
    settings: (service?.settings ?? {}) as SettingsLayer,
    build: (service?.buildSettings ?? {}) as object,
  };
  const { settings, variables, secretGroups } = compareFileSettings(before, file, above);
  const changes =
    settings.some(({ from, to }) => from !== to) ||
    variables.length + secretGroups.attached.length + secretGroups.detached.length > 0;
  const action = service === null ? 'create' : changes ? 'change' : 'keep';
  return {
    slug,
    service: service && nameOf(service),
    action,
    message: null,
    settings,
    variables,
    secretGroups: { ...secretGroups, missing: file.secretGroups.filter((group) => !groups.has(group)) },
  } as const;
}

function toRefused(slug: string, service: ServiceView | null, skipped: SkippedService | null) {
  const { settings, variables, secretGroups } = compareFileSettings(null, emptyFileSettings, {
    settings: {},
    build: {},
  });
  return {
    slug,
    service: service && nameOf(service),
    action: 'refuse',
    message: skipped?.message ?? null,
    settings,
    variables,
    secretGroups: { ...secretGroups, missing: [] },
  } as const;
}

function nameOf({ id, path }: ServiceView) {
  return { id, path };
}
