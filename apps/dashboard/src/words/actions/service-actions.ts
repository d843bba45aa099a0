import type { ApiCall } from '../as-command.ts';
import { type Action, flagged, sconce } from './action.ts';
import { createEnvironment } from './place-actions.ts';
import { type SettingValue, toSettingFlags } from './setting-flags.ts';
import { createBranchRule, createRepository } from './source-actions.ts';

interface SettingsChange {
  /** `project/environment/service` */
  readonly service: string;
  /** Each as the API takes it. */
  readonly values: readonly SettingValue[];
  /** A slug in the project; null: none from now on; undefined: as it is. */
  readonly repository?: string | null | undefined;
  readonly body: object;
  readonly deploy: boolean;
}

/** Settings over those of the file, and what it is built from. */
export function changeSettings({ service, values, repository, body, deploy }: SettingsChange): Action {
  const flags = toSettingFlags(values);
  const project = service.split('/')[0] ?? '';
  const source =
    repository === undefined ? [] : ['--repository', repository === null ? 'none' : `${project}/${repository}`];
  return {
    cli:
      flags === null ? null : sconce('services', 'set', service, ...source, ...flags, ...flagged('--deploy', deploy)),
    api: {
      name: 'updateService',
      params: { service },
      query: { deploy: deploy || undefined },
      body: repository ? { ...body, repository: `${project}/${repository}` } : body,
    },
  };
}

export interface NewPlace {
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

/** What stands already is not made again. */
export interface Standing {
  readonly project: boolean;
  readonly environment: boolean;
}

/** Project and environment, as far as they are missing. */
function makePlace({ project, environment }: Omit<NewPlace, 'service'>, standing: Standing): readonly Action[] {
  return [
    ...(standing.project
      ? []
      : [
          {
            cli: sconce('projects', 'create', project),
            api: { name: 'createProject', body: { slug: project } },
          } satisfies Action,
        ]),
    ...(standing.environment ? [] : [createEnvironment(project, environment)]),
  ];
}

/** One after the other. */
function together(actions: readonly Action[]): Action {
  const lines = actions.map(({ cli }) => cli);
  return {
    cli: lines.includes(null) ? null : lines.join('\n'),
    api: actions.flatMap(({ api }): readonly ApiCall[] => ('name' in api ? [api] : api)),
  };
}

/** A repository to push to, and the place its services will stand in. */
export const makeRepository = (place: Omit<NewPlace, 'service'>, repository: string, standing: Standing): Action =>
  together([...makePlace(place, standing), createRepository(place.project, { kind: 'builtin', slug: repository })]);

interface MadeService extends NewPlace {
  /** A slug in the project. */
  readonly repository: string;
  readonly branch: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

const makeRuleAndService = ({ project, environment, service, repository, branch, settings }: MadeService) => {
  const flags = toSettingFlags(leavesOf(settings ?? {}, 'settings'));
  const path = `${project}/${environment}/${service}`;
  return [
    createBranchRule(project, { branches: [branch], environment, repository }),
    {
      cli:
        flags === null
          ? null
          : sconce('services', 'create', path, '--repository', `${project}/${repository}`, ...flags),
      api: {
        name: 'createService',
        params: { environment: `${project}/${environment}` },
        body: { slug: service, repository: `${project}/${repository}`, ...(settings ? { settings } : {}) },
      },
    } satisfies Action,
  ];
};

/** A place to push to: a service with a repository of its own, deployed from `main`. */
export const makeService = (place: NewPlace, standing: Standing): Action =>
  together([
    ...makePlace(place, standing),
    createRepository(place.project, { kind: 'builtin', slug: place.service }),
    ...makeRuleAndService({ ...place, repository: place.service, branch: 'main' }),
  ]);

/** The head of a branch of a repository that stands. */
export function deployRepository(made: MadeService, standing: Standing): Action {
  const service = `${made.project}/${made.environment}/${made.service}`;
  const build: Action = {
    cli: sconce('builds', 'create', '--service', service, '--branch', made.branch),
    api: { name: 'createBuild', params: { service }, body: { ref: made.branch } },
  };
  return together([...makePlace(made, standing), ...makeRuleAndService(made), build]);
}

/** An example's files become the first commit of a repository of their own: that only the API does. */
export function deployExample(made: Omit<MadeService, 'repository'>, example: string, standing: Standing): Action {
  const repository = made.service;
  return together([
    ...makePlace(made, standing),
    createRepository(made.project, { kind: 'builtin', slug: repository }),
    ...makeRuleAndService({ ...made, repository }),
    {
      cli: null,
      api: { name: 'createCommit', params: { repository: `${made.project}/${repository}` }, body: { example } },
    },
  ]);
}

/** `['settings.probe.path', '/healthz']` for each value in it. */
function leavesOf(object: Readonly<Record<string, unknown>>, above: string): readonly SettingValue[] {
  const isGroup = (key: string) => ['settings.probe', 'settings.resources', 'settings.scaling'].includes(key);
  return Object.entries(object).flatMap(([name, value]): readonly SettingValue[] => {
    const key = `${above}.${name}`;
    return isGroup(key) && value !== null ? leavesOf(value as Readonly<Record<string, unknown>>, key) : [[key, value]];
  });
}
