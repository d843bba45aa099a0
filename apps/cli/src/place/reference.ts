import type { Context } from '../context.ts';
import { readRepositorySetting } from '../deploy/git.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';

/** What names a service or a project, and who said so: who did not type it has to be told. */
export interface Reference {
  readonly text: string;
  readonly from: 'typed' | 'environment' | 'repository';
}

/** The service that was typed, else `SCONCE_SERVICE`, else the one this repository was deployed to last. */
export async function serviceReference(context: Context, named: string | undefined): Promise<Reference | null> {
  const said = typedOrSet(named, context.environment.SCONCE_SERVICE);
  if (said !== null) return said;
  const text = await readRepositorySetting(context, 'service');
  return text === undefined ? null : { text, from: 'repository' };
}

/** The project that was typed, else `SCONCE_PROJECT`, else that of the service that is meant. */
export async function projectReference(context: Context, named: string | undefined): Promise<Reference | null> {
  const said = typedOrSet(named, context.environment.SCONCE_PROJECT);
  if (said !== null) return said;
  const service = await serviceReference(context, undefined);
  return service?.text.includes('/') ? { ...service, text: service.text.split('/')[0] ?? '' } : null;
}

function typedOrSet(named: string | undefined, variable: string | undefined): Reference | null {
  if (named !== undefined) return { text: named, from: 'typed' };
  return variable ? { text: variable, from: 'environment' } : null;
}

/** Tells of a name that leads nowhere, and where it was taken from. Whatever else went wrong is thrown on. */
export function refuseUnknown(error: unknown, noun: 'service' | 'project', { text, from }: Reference): never {
  if (!(error instanceof Error && 'status' in error && error.status === 404)) throw error;
  throw new CliFailure(`There is no ${noun} ${text.slice(0, 200)}, or it is not yours to see`, {
    exitCode: exitCodes.notFound,
    code: 'not_found',
    hint: whereFrom(noun, from),
  });
}

export function whereFrom(noun: 'service' | 'project', from: Reference['from']): string {
  const see = `See them: sconce ${noun === 'service' ? 'status' : 'projects'}`;
  if (from === 'typed') return see;
  if (from === 'environment') return `It is named by the environment (SCONCE_SERVICE or SCONCE_PROJECT). ${see}`;
  const flag = noun === 'service' ? '--service project/environment/service' : '--project <slug>';
  return `This repository was deployed there last. Name another one: ${flag}; or forget it: git config --unset sconce.service`;
}
