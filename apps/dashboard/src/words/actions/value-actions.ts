import { type Action, flagged, sconce } from './action.ts';

interface Owner {
  readonly kind: 'service' | 'environment';
  readonly path: string;
}

/** Text sets, null takes away; together they are one change over the API, and two commands. */
export function changeVariables(
  { kind, path }: Owner,
  patch: Readonly<Record<string, string | null>>,
  deploy: boolean,
): Action {
  const place = [`--${kind}`, path, ...flagged('--deploy', deploy)];
  const set = Object.entries(patch).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
  const unset = Object.entries(patch).flatMap(([name, value]) => (value === null ? [name] : []));
  const lines = [
    ...(set.length > 0 ? [sconce('variables', 'set', ...set, ...place)] : []),
    ...(unset.length > 0 ? [sconce('variables', 'unset', ...unset, ...place)] : []),
  ];
  return {
    cli: lines.join('\n'),
    api: {
      name: kind === 'service' ? 'updateServiceVariables' : 'updateEnvironmentVariables',
      params: { [kind]: path },
      query: { deploy: deploy || undefined },
      body: patch,
    },
  };
}

interface SecretPlace {
  /** `project/environment` */
  readonly environment: string;
  readonly group: string;
  readonly name: string;
}

/** The command asks for the value; here it is not said. */
export const setSecret = ({ environment, group, name }: SecretPlace, deploy: boolean): Action => ({
  cli: sconce(
    ...['secrets', 'set', name, '--group', group, '--environment', environment],
    ...flagged('--deploy', deploy),
  ),
  api: {
    name: 'putSecret',
    params: { secretGroup: `${environment}/${group}`, name },
    query: { deploy: deploy || undefined },
    body: { value: '…' },
  },
});

export const removeSecret = ({ environment, group, name }: SecretPlace): Action => ({
  cli: sconce('secrets', 'unset', name, '--group', group, '--environment', environment),
  api: { name: 'deleteSecret', params: { secretGroup: `${environment}/${group}`, name } },
});

export const removeSecretGroup = (environment: string, group: string): Action => ({
  cli: sconce('secrets', 'delete-group', group, '--environment', environment),
  api: { name: 'deleteSecretGroup', params: { secretGroup: `${environment}/${group}` } },
});

/** Lets a service get a group, or takes it off. `attached`: those that it gets now. */
export function turnSecretGroup(service: string, attached: readonly string[], group: string): Action {
  const isAttached = attached.includes(group);
  const secretGroups = withTurned(attached, group);
  return {
    cli: sconce('secrets', isAttached ? 'detach' : 'attach', group, '--service', service),
    api: { name: 'updateService', params: { service }, body: { secretGroups } },
  };
}

export const withTurned = (attached: readonly string[], group: string): readonly string[] =>
  attached.includes(group) ? attached.filter((one) => one !== group) : [...attached, group];
