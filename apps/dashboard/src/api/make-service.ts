import { ApiProblem } from '@sconce/contract';
import { client } from './client.ts';

export interface NewService {
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

/**
 * All that a first push needs: project, environment, built-in repository, a rule that deploys `main`, and the service. What stands already is left as
 * it is, so that a second try goes on where the first one broke off. Answers the service's path.
 */
export async function makeService({ project, environment, service }: NewService): Promise<string> {
  const place = `${project}/${environment}`;
  const repository = `${project}/${service}`;
  await ensurePlace(project, environment);
  await ensureRepository(project, service);
  await ensureRule({ project, environment, repository, branch: 'main' });
  await unlessThere(() =>
    client.createService({ params: { environment: place }, body: { slug: service, repository } }),
  );
  return `${place}/${service}`;
}

export async function ensurePlace(project: string, environment: string): Promise<void> {
  await unlessThere(() => client.createProject({ body: { slug: project } }));
  await unlessThere(() => client.createEnvironment({ params: { project }, body: { slug: environment } }));
}

export async function ensureRepository(project: string, slug: string): Promise<void> {
  await unlessThere(() => client.createRepository({ params: { project }, body: { kind: 'builtin', slug } }));
}

interface Rule {
  readonly project: string;
  readonly environment: string;
  /** `project/repository` */
  readonly repository: string;
  readonly branch: string;
}

/** A rule that lets the branch deploy there, unless one does. */
export async function ensureRule({ project, environment, repository, branch }: Rule): Promise<void> {
  const { data: rules } = await client.listBranchRules({ params: { project }, query: { limit: 200 } });
  const deploys = rules.some(
    (rule) =>
      rule.environment.slug === environment &&
      rule.branches.includes(branch) &&
      (rule.repository === null || `${project}/${rule.repository.slug}` === repository),
  );
  if (deploys) return;
  const body = { environment: `${project}/${environment}`, repository, branches: [branch] };
  await client.createBranchRule({ params: { project }, body });
}

export async function unlessThere(make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'already_exists') throw error;
  }
}
