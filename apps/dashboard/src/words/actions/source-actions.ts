import type { Endpoints, InputOf } from '@sconce/contract';
import { type Action, sconce } from './action.ts';

type NewRepository = InputOf<Endpoints['createRepository']>['body'];

/** One that is built in, or connected. */
export const createRepository = (project: string, body: NewRepository): Action => ({
  cli:
    body.kind === 'builtin'
      ? sconce('repositories', 'create', body.slug, '--project', project)
      : sconce(
          ...['repositories', 'connect', body.fullName, '--slug', body.slug, '--host-id', body.hostId],
          ...(body.installationId === undefined ? [] : ['--installation', body.installationId]),
          ...['--project', project],
        ),
  api: { name: 'createRepository', params: { project }, body },
});

/** `project/repository` */
export const setDefaultBranch = (repository: string, defaultBranch: string): Action => ({
  cli: sconce('repositories', 'set', repository, '--default-branch', defaultBranch),
  api: { name: 'updateRepository', params: { repository }, body: { defaultBranch } },
});

export const removeRepository = (repository: string): Action => ({
  cli: sconce('repositories', 'delete', repository),
  api: { name: 'deleteRepository', params: { repository } },
});

interface Rule {
  readonly branches: readonly string[];
  /** A slug, in the project. */
  readonly environment: string;
  /** Null: every one. */
  readonly repository: string | null;
}

const branchFlags = (branches: readonly string[]) => branches.flatMap((branch) => ['--branch', branch]);

export const createBranchRule = (project: string, { branches, environment, repository }: Rule): Action => ({
  cli: sconce(
    ...['branch-rules', 'create', '--environment', `${project}/${environment}`, ...branchFlags(branches)],
    ...(repository === null ? [] : ['--repository', `${project}/${repository}`]),
  ),
  api: {
    name: 'createBranchRule',
    params: { project },
    body: {
      environment: `${project}/${environment}`,
      branches,
      ...(repository === null ? {} : { repository: `${project}/${repository}` }),
    },
  },
});

export const updateBranchRule = (project: string, id: string, { branches, environment, repository }: Rule): Action => ({
  cli: sconce(
    ...['branch-rules', 'set', id, '--environment', `${project}/${environment}`, ...branchFlags(branches)],
    ...['--repository', repository === null ? 'any' : `${project}/${repository}`],
  ),
  api: {
    name: 'updateBranchRule',
    params: { branchRule: id },
    body: {
      environment: `${project}/${environment}`,
      branches,
      repository: repository === null ? null : `${project}/${repository}`,
    },
  },
});

export const removeBranchRule = (id: string): Action => ({
  cli: sconce('branch-rules', 'delete', id),
  api: { name: 'deleteBranchRule', params: { branchRule: id } },
});
