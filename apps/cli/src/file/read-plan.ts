import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FilePlan } from '@sconce/contract';
import type { Connected } from '../connection/connect.ts';
import type { Context } from '../context.ts';
import { type DeployNames, type DeployTarget, planDeployTarget, toSlug } from '../deploy/deploy-target.ts';
import { isCommitted, readRepositorySetting, readWorkingCopy, type WorkingCopy } from '../deploy/git.ts';
import { orNull } from '../deploy/make-missing.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';

/** What the file in the working tree would change where this repository deploys to. */
export interface LocalPlan {
  readonly copy: WorkingCopy;
  readonly target: DeployTarget;
  /** False: the last commit does not hold the file as it stands here, so a push would not apply it. */
  readonly committed: boolean;
  /** Id of the repository that a push would go to; null when it is yet to be made. */
  readonly repository: string | null;
  /** Null: the environment is yet to be made, and everything in it. */
  readonly plan: FilePlan | null;
}

/** Reads the file and asks the API. Throws `CliFailure` where there is no file, `ApiProblem` with each mistake in it. */
export async function readPlan(context: Context, connected: Connected, names: DeployNames): Promise<LocalPlan> {
  const { client } = connected;
  const { signal } = context;
  const copy = await readWorkingCopy(context);
  const file = await readFile(join(copy.directory, 'sconce.yaml'), 'utf8').catch(() => null);
  if (file === null)
    throw new CliFailure('There is no sconce.yaml in this repository', {
      exitCode: exitCodes.usage,
      code: 'no_file',
      hint: 'Write one: sconce init. Without one, settings are set with: sconce services set',
    });
  const directoryName = basename(copy.directory);
  const recorded = await readRepositorySetting(context, 'service');
  const target = planDeployTarget({ ...names, service: undefined }, names.service ?? recorded, directoryName, file);
  const environment = `${target.project}/${target.environment}`;
  const committed = await isCommitted(context, copy, 'sconce.yaml');
  const repository = await findRepositoryHere(connected, context, target, toSlug(directoryName));
  const body = { file, repository };
  const plan = await orNull(client.createFilePlan({ params: { environment }, body, signal }));
  return { copy, target, committed, repository, plan };
}

/** The repository its services are built from already, else the one named like the directory: where `sconce deploy` pushes to. */
async function findRepositoryHere(
  { client }: Connected,
  { signal }: Context,
  { project, environment, services }: DeployTarget,
  slug: string,
): Promise<string | null> {
  for (const name of services) {
    const service = await orNull(
      client.getService({ params: { service: `${project}/${environment}/${name}` }, signal }),
    );
    if (service?.repository) return service.repository.id;
  }
  return (await orNull(client.getRepository({ params: { repository: `${project}/${slug}` }, signal })))?.id ?? null;
}
