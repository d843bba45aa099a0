import type { Client, Service } from '@sconce/contract';
import { pick } from '../ask/pick.ts';
import type { Context } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { chooseProject } from './choose-project.ts';
import { chooseService } from './choose-service.ts';
import { serviceReference } from './reference.ts';

/**
 * `project/environment` or the id of the environment that is meant: the one named, also by its slug alone within the project that is
 * meant; else that of the service that is meant; else the only one of that project; else it is asked for.
 */
export async function chooseEnvironment(
  context: Context,
  client: Client,
  options: {
    readonly environment?: string | undefined;
    readonly project?: string | undefined;
    readonly service?: string | undefined;
  },
): Promise<string> {
  const fallback = options.service === undefined ? context.environment.SCONCE_ENVIRONMENT || undefined : undefined;
  const named = options.environment ?? fallback;
  if (named !== undefined && (named.includes('/') || named.startsWith('env_'))) return named;
  if (named !== undefined) return `${(await chooseProject(context, client, options.project)).slug}/${named}`;
  if (options.service !== undefined) return environmentOf(await chooseService(context, client, options.service));
  if (options.project === undefined) {
    const service = await serviceThatIsMeant(context, client);
    if (service) return environmentOf(service);
  }
  return onlyEnvironment(context, client, (await chooseProject(context, client, options.project)).slug);
}

/** The one this repository was deployed to last, or the only one there is; null where that says nothing. */
async function serviceThatIsMeant(context: Context, client: Client): Promise<Service | null> {
  const { signal } = context;
  if (await serviceReference(context, undefined)) return chooseService(context, client, undefined);
  const { data } = await client.listAllServices({ query: { limit: 2 }, signal });
  return data.length === 1 ? (data[0] ?? null) : null;
}

function environmentOf(service: {
  readonly project: { readonly slug: string };
  readonly environment: { readonly slug: string };
}): string {
  return `${service.project.slug}/${service.environment.slug}`;
}

async function onlyEnvironment(context: Context, client: Client, project: string): Promise<string> {
  const { signal } = context;
  const { data, page } = await client.listEnvironments({ params: { project }, query: { limit: 200 }, signal });
  const [only] = data;
  if (only && data.length === 1 && page.next === null) return only.path;
  const list = data.slice(0, 10).map(({ path }) => path);
  const failure = () =>
    data.length === 0
      ? new CliFailure(`${project} has no environment yet`, {
          exitCode: exitCodes.notFound,
          code: 'not_found',
          hint: `Make one: sconce environments create production --project ${project}`,
        })
      : new CliFailure(`${project} has several environments: ${list.join(', ')}${data.length > 10 ? ', ...' : ''}`, {
          exitCode: exitCodes.usage,
          code: 'ambiguous',
          hint: 'Name one: --environment project/environment',
        });
  return (await pick(context, 'Which environment?', data, ({ path }) => path, failure)).path;
}
