import type { Client, Project } from '@sconce/contract';
import { pick } from '../ask/pick.ts';
import type { Context } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { projectReference, refuseUnknown } from './reference.ts';

/**
 * The project that is meant: the one named by slug or id, else `SCONCE_PROJECT`, else that of the service this repository was deployed to last,
 * else the only one there is; else it is asked for.
 */
export async function chooseProject(context: Context, client: Client, named: string | undefined): Promise<Project> {
  const { signal } = context;
  const reference = await projectReference(context, named);
  if (reference !== null)
    return client
      .getProject({ params: { project: reference.text }, signal })
      .catch((error: unknown) => refuseUnknown(error, 'project', reference));
  const { data, page } = await client.listProjects({ query: { limit: 200 }, signal });
  const [only] = data;
  if (only && data.length === 1 && page.next === null) return only;
  const list = data.slice(0, 10).map(({ slug }) => slug);
  return pick(
    context,
    'Which project?',
    data,
    ({ slug }) => slug,
    () =>
      data.length === 0
        ? new CliFailure('There is no project yet', {
            exitCode: exitCodes.notFound,
            code: 'not_found',
            hint: 'Make one: sconce projects create <slug>',
          })
        : new CliFailure(`There are several projects: ${list.join(', ')}${data.length > 10 ? ', ...' : ''}`, {
            exitCode: exitCodes.usage,
            code: 'ambiguous',
            hint: 'Name one: --project <slug>',
          }),
  );
}
