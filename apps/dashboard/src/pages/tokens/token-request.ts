import type { Endpoints, InputOf, Scope } from '@sconce/contract';

export type TokenRequest = InputOf<Endpoints['createToken']>['body'];
export type TokenKind = TokenRequest['kind'];

/** Each holds those before it. */
export const scopeWords: Readonly<Record<Scope, string>> = {
  read: 'read: look at everything but values',
  deploy: 'deploy: also push, deploy and roll back',
  write: 'write: also change services and values',
  exec: 'exec: also run commands in replicas, which see all values',
  admin: 'admin: also members, tokens and removal',
  instance: 'instance: all of the installation',
};

export const lifetimes = ['7 days', '30 days', '90 days', '365 days', 'never'] as const;
export type Lifetime = (typeof lifetimes)[number];

/** Null: it never ends. */
export const daysOf = (lifetime: Lifetime): number | null =>
  lifetime === 'never' ? null : Number.parseInt(lifetime, 10);

interface Wanted {
  readonly kind: TokenKind;
  readonly name: string;
  readonly scope: Scope;
  /** A project, or an environment by its path; empty: everywhere. */
  readonly place: string;
  readonly days: number | null;
}

export function toTokenRequest({ kind, name, scope, place, days }: Wanted): TokenRequest {
  const common = { name, expiresInDays: days };
  if (kind === 'deploy') return { kind, ...common, environment: place };
  if (kind === 'service') return { kind, ...common, scopes: [scope === 'instance' ? 'admin' : scope], project: place };
  return { kind, ...common, scopes: [scope], ...(place === '' ? {} : { project: place }) };
}
