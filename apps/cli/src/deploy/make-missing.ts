import { ApiProblem, type Client, type Repository, type Service } from '@sconce/contract';
import { CliFailure } from '../exit-code.ts';
import type { DeployTarget } from './deploy-target.ts';

/** One thing that has to be made before a push can go live: what it is, in words, and the call that makes it. */
export interface Missing {
  readonly what: string;
  readonly make: () => Promise<void>;
}

export interface Prepared {
  readonly missing: readonly Missing[];
  /** Read after everything missing was made. */
  readonly repository: () => Promise<Repository>;
}

/** Looks at what stands, and says what is missing, in the order in which it is to be made. Changes nothing itself. */
export async function findMissing(
  client: Client,
  target: DeployTarget,
  repositorySlug: string,
  branch: string,
  signal: AbortSignal,
): Promise<Prepared> {
  const { project, environment } = target;
  const place = `${project}/${environment}`;
  const standing = await Promise.all(
    target.services.map((slug) => orNull(client.getService({ params: { service: `${place}/${slug}` }, signal }))),
  );
  const slug = refuseForeign(standing) ?? repositorySlug;
  const readRepository = () => client.getRepository({ params: { repository: `${project}/${slug}` }, signal });
  const missing: Missing[] = [];
  const add = (what: string, make: () => Promise<unknown>) =>
    missing.push({ what, make: async () => void (await make()) });

  const hasProject = await orNull(client.getProject({ params: { project }, signal }));
  if (!hasProject) add(`project ${project}`, () => client.createProject({ body: { slug: project }, signal }));
  if (!hasProject || !(await orNull(client.getEnvironment({ params: { environment: place }, signal })))) {
    add(`environment ${environment}`, () =>
      client.createEnvironment({ params: { project }, body: { slug: environment }, signal }),
    );
  }
  const repository = hasProject ? await orNull(readRepository()) : null;
  if (!repository)
    add(`repository ${slug}`, () =>
      client.createRepository({ params: { project }, body: { kind: 'builtin', slug, defaultBranch: branch }, signal }),
    );
  if (!(hasProject && (await hasRule(client, target, repository, signal)))) {
    const make = async () =>
      client.createBranchRule({
        params: { project },
        body: { environment: place, repository: (await readRepository()).id, branches: [branch] },
        signal,
      });
    add(`branch rule ${branch} -> ${environment}`, make);
  }
  for (const [index, name] of target.services.entries()) {
    const service = standing[index];
    if (!service)
      add(`service ${name}`, async () =>
        client.createService({
          params: { environment: place },
          body: { slug: name, repository: (await readRepository()).id },
          signal,
        }),
      );
    else if (!service.repository)
      add(`source of ${name}`, async () =>
        client.updateService({
          params: { service: service.id },
          body: { repository: (await readRepository()).id },
          signal,
        }),
      );
  }
  return { missing, repository: readRepository };
}

/** The repository the services are built from already; a push to another one would build nothing for them. */
function refuseForeign(services: readonly (Service | null)[]): string | null {
  const sources = [
    ...new Map(
      services.flatMap((service) =>
        service?.repository ? [[service.repository.id, service.repository] as const] : [],
      ),
    ).values(),
  ];
  if (sources.length > 1)
    throw new CliFailure('These services are built from different repositories', {
      code: 'conflict',
      hint: 'Deploy them one by one: --service project/environment/service',
    });
  return sources[0]?.slug ?? null;
}

/** Any rule for this environment is somebody's decision: it is left alone, and the delivery says so if it does not match. */
async function hasRule(
  client: Client,
  target: DeployTarget,
  repository: Repository | null,
  signal: AbortSignal,
): Promise<boolean> {
  const { data } = await client.listBranchRules({ params: { project: target.project }, query: { limit: 200 }, signal });
  return data.some(
    (rule) =>
      rule.environment.slug === target.environment &&
      (rule.repository === null || rule.repository.id === repository?.id),
  );
}

export async function orNull<T>(reply: Promise<T>): Promise<T | null> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return null;
    throw error;
  }
}
