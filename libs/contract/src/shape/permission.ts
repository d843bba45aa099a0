/**
 * Scopes of tokens, weakest first; each one holds those before it. What a token may do somewhere is the lower of its scopes
 * and of its person's role there.
 */
export const scopes = ['read', 'deploy', 'write', 'exec', 'admin', 'instance'] as const;
export type Scope = (typeof scopes)[number];

/** Roles in a project and the highest scope each one gives. */
export const roles = ['viewer', 'developer', 'admin'] as const;
export type Role = (typeof roles)[number];
export const roleScopes: Readonly<Record<Role, Scope>> = { viewer: 'read', developer: 'write', admin: 'admin' };

/**
 * What an endpoint asks for. A scope: in the project or environment that its path names, or, without such a path, on the whole
 * installation for `instance` and on what the handler filters by for the others. `known`: any live token. `public`: nobody needs to be known.
 */
export type Permission = Scope | 'known' | 'public';

/** True when `held` is `wanted` or stands above it. */
export function scopeHolds(held: readonly Scope[], wanted: Scope): boolean {
  return held.some((scope) => scopes.indexOf(scope) >= scopes.indexOf(wanted));
}
