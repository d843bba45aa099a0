import type { DeployPlan } from '@sconce/contract';
import { client } from './client.ts';
import { ensurePlace, ensureRepository, ensureRule, unlessThere } from './make-service.ts';

export interface PlannedDeploy {
  readonly project: string;
  readonly environment: string;
  readonly service: string;
  /** `project/repository`, standing already. */
  readonly repository: string;
  readonly branch: string;
  readonly settings: DeployPlan['settings'];
}

/** Makes what is missing around a repository that is there, and builds its head. Answers the service's path. A second try goes on where the first broke off. */
export async function deployRepository(deploy: PlannedDeploy): Promise<string> {
  const { project, environment, service, repository, branch, settings } = deploy;
  await ensurePlace(project, environment);
  await ensureRule({ project, environment, repository, branch });
  const place = `${project}/${environment}`;
  await unlessThere(() =>
    client.createService({ params: { environment: place }, body: { slug: service, repository, settings } }),
  );
  await client.createBuild({ params: { service: `${place}/${service}` }, body: { ref: branch } });
  return `${place}/${service}`;
}

/** The same for an example: its files become a repository of the project's own, by the push that every service begins with. */
export async function deployExample(
  deploy: Omit<PlannedDeploy, 'repository'> & { readonly example: string },
): Promise<string> {
  const { project, environment, service, branch, settings, example } = deploy;
  const place = `${project}/${environment}`;
  const repository = `${project}/${service}`;
  await ensurePlace(project, environment);
  await ensureRepository(project, service);
  await ensureRule({ project, environment, repository, branch });
  await unlessThere(() =>
    client.createService({ params: { environment: place }, body: { slug: service, repository, settings } }),
  );
  await client.createCommit({ params: { repository }, body: { example } });
  return `${place}/${service}`;
}
