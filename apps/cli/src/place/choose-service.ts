import type { Client, Service } from '@sconce/contract';
import { pick } from '../ask/pick.ts';
import type { Context } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { type Reference, refuseUnknown, serviceReference, whereFrom } from './reference.ts';

/**
 * The service that is meant: the one named (`project/environment/service`, its id, or just its slug where only one has it), else
 * `SCONCE_SERVICE`, else the one this repository was deployed to last, else the only one there is; else it is asked for.
 */
export async function chooseService(context: Context, client: Client, named: string | undefined): Promise<Service> {
  const reference = await serviceReference(context, named);
  if (reference !== null && (reference.text.includes('/') || reference.text.startsWith('svc_')))
    return client
      .getService({ params: { service: reference.text }, signal: context.signal })
      .catch((error: unknown) => refuseUnknown(error, 'service', reference));
  const all = await allServices(context, client);
  const matches = reference === null ? all : all.filter((service) => service.slug === reference.text);
  const [only] = matches;
  if (only && matches.length === 1) return only;
  const paths = matches.map((service) => service.path);
  return pick(
    context,
    'Which service?',
    matches,
    ({ path }) => path,
    () => notOne(reference, paths, all.length),
  );
}

/** Every page of them: a name is only clear when all were looked at. */
async function allServices(context: Context, client: Client): Promise<Service[]> {
  const services: Service[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
    const { data, page } = await client.listAllServices({ query, signal: context.signal });
    services.push(...data);
    if (page.next === null) return services;
    cursor = page.next;
  }
}

function notOne(reference: Reference | null, paths: readonly string[], known: number): CliFailure {
  const list = `${paths.slice(0, 10).join(', ')}${paths.length > 10 ? ', ...' : ''}`;
  if (known === 0)
    return new CliFailure('There is no service yet', {
      exitCode: exitCodes.notFound,
      code: 'not_found',
      hint: 'Deploy one: sconce deploy, in a repository with a Dockerfile.',
    });
  if (reference !== null && paths.length === 0)
    return new CliFailure(`No service is called ${reference.text.slice(0, 200)}`, {
      exitCode: exitCodes.notFound,
      code: 'not_found',
      hint: whereFrom('service', reference.from),
    });
  const what = reference === null ? 'There are several services' : `Several services are called ${reference.text}`;
  return new CliFailure(`${what}: ${list}`, {
    exitCode: exitCodes.usage,
    code: 'ambiguous',
    hint: 'Name one: --service project/environment/service',
  });
}
