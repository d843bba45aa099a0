import type { Endpoints, InputOf } from '@sconce/contract';
import { type Action, operand, sconce } from './action.ts';

type NewToken = InputOf<Endpoints['createToken']>['body'];

export const createToken = (body: NewToken): Action => ({
  cli: sconce('tokens', 'create', ...placeFlags(body), ...lifetimeFlags(body), ...operand(body.name)),
  api: { name: 'createToken', body },
});

function placeFlags(body: NewToken): readonly string[] {
  if (body.kind === 'deploy') return ['--environment', body.environment];
  const scopes = body.scopes.flatMap((scope) => ['--scope', scope]);
  if (body.kind === 'service') return ['--kind', 'service', ...scopes, '--project', body.project];
  return [...scopes, ...(body.project === undefined ? [] : ['--project', body.project])];
}

const lifetimeFlags = ({ expiresInDays: days }: NewToken): readonly string[] =>
  days === undefined ? [] : ['--expires', days === null ? 'never' : String(days)];

/** What pushes to a repository need: one of the project, since a token of one environment does not reach it. */
export const pushToken = (project: string, repository: string): NewToken => ({
  kind: 'service',
  name: `git push to ${repository}`,
  scopes: ['deploy'],
  project,
});

export const revokeToken = (token: string): Action => ({
  cli: sconce('tokens', 'revoke', token),
  api: { name: 'deleteToken', params: { token } },
});
