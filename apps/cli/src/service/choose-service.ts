import type { Client, Service } from '@sconce/contract';
import type { Context } from '../context.ts';
import { readRepositorySetting } from '../deploy/git.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';

/**
 * The service that is meant: the one named (`project/environment/service`, or just its slug where only one has it), else `SCONCE_SERVICE`,
 * else the one this repository was deployed to last, else the only one there is.
 */
export async function chooseService(context: Context, client: Client, named: string | undefined): Promise<Service> {
  const reference =
    named ?? (context.environment.SCONCE_SERVICE || undefined) ?? (await readRepositorySetting(context, 'service'));
  if (reference !== undefined && (reference.includes('/') || reference.startsWith('svc_'))) {
    return client.getService({ params: { service: reference }, signal: context.signal });
  }
  const { data, page } = await client.listAllServices({ query: { limit: 200 }, signal: context.signal });
  const matches = reference === undefined ? data : data.filter((service) => service.slug === reference);
  const [only] = matches;
  if (only && matches.length === 1 && page.next === null) return only;
  throw notOne(
    reference,
    matches.map((service) => service.path),
    data.length,
  );
}

function notOne(reference: string | undefined, paths: readonly string[], known: number): CliFailure {
  const list = `${paths.slice(0, 10).join(', ')}${paths.length > 10 ? ', ...' : ''}`;
  if (known === 0)
    return new CliFailure('There is no service yet', {
      exitCode: exitCodes.notFound,
      code: 'not_found',
      hint: 'Deploy one: sconce deploy, in a repository with a Dockerfile.',
    });
  if (paths.length === 0)
    return new CliFailure(`No service is called ${reference}`, {
      exitCode: exitCodes.notFound,
      code: 'not_found',
      hint: 'See them all: sconce status',
    });
  const what = reference === undefined ? 'There are several services' : `Several services are called ${reference}`;
  return new CliFailure(`${what}: ${list}`, {
    exitCode: exitCodes.usage,
    code: 'ambiguous',
    hint: 'Name one: --service project/environment/service',
  });
}

/** The environment that is meant: named, or that of the service that is. */
export async function chooseEnvironment(
  context: Context,
  client: Client,
  named: string | undefined,
  service: string | undefined,
): Promise<string> {
  if (named !== undefined) return named;
  const { project, environment } = await chooseService(context, client, service);
  return `${project.slug}/${environment.slug}`;
}

/** The id of a release named as `r12`, `12` or by its id. */
export async function findRelease(
  client: Client,
  service: Service,
  named: string,
  signal: AbortSignal,
): Promise<string> {
  if (named.startsWith('rel_')) return named;
  const number = /^r?(\d{1,9})$/.exec(named)?.[1];
  if (number === undefined)
    throw new CliFailure(`${named} is not a release: they are called r1, r2, ...`, {
      exitCode: exitCodes.usage,
      code: 'invalid',
    });
  for (let cursor: string | undefined; ; ) {
    const { data, page } = await client.listReleases({
      params: { service: service.id },
      query: { limit: 200, ...(cursor ? { cursor } : {}) },
      signal,
    });
    const found = data.find((release) => release.number === Number(number));
    if (found) return found.id;
    if (page.next === null || data.every((release) => release.number < Number(number))) break;
    cursor = page.next;
  }
  throw new CliFailure(`${service.path} has no release r${number}`, {
    exitCode: exitCodes.notFound,
    code: 'not_found',
    hint: 'See them: sconce releases',
  });
}
