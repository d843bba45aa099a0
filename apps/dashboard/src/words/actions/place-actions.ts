import { type Action, flagged, sconce } from './action.ts';

export const renameProject = (project: string, name: string): Action => ({
  cli: sconce('projects', 'set', project, '--name', name),
  api: { name: 'updateProject', params: { project }, body: { name } },
});

/** `cluster` null: where the installation itself runs replicas. */
export const createEnvironment = (project: string, slug: string, cluster: string | null = null): Action => ({
  cli: sconce('environments', 'create', `${project}/${slug}`, ...(cluster === null ? [] : ['--cluster', cluster])),
  api: { name: 'createEnvironment', params: { project }, body: { slug, ...(cluster === null ? {} : { cluster }) } },
});

export type Place = 'project' | 'environment' | 'service';

const removals = {
  project: { name: 'deleteProject', noun: 'projects' },
  environment: { name: 'deleteEnvironment', noun: 'environments' },
  service: { name: 'deleteService', noun: 'services' },
} as const;

/** By its path. A service's volumes stay with its environment. */
export function removePlace(kind: Place, path: string, takesVolumes: boolean): Action {
  const { name, noun } = removals[kind];
  return {
    cli: sconce(noun, 'delete', path, ...flagged('--with-volumes', takesVolumes)),
    api: { name, params: { [kind]: path }, ...(takesVolumes ? { query: { volumes: 'delete' } } : {}) },
  };
}
