/**
 * Scopes, weakest first; each one holds those before it. What a token may do somewhere is the lower of its own scopes and of its
 * person's role there.
 */
export const scopes = ['read', 'deploy', 'write', 'exec', 'admin', 'instance'] as const;
export type Scope = (typeof scopes)[number];

export type Role = 'viewer' | 'developer' | 'admin';
export const roleScopes: Readonly<Record<Role, Scope>> = { viewer: 'read', developer: 'write', admin: 'admin' };

export type TokenKind = 'personal' | 'service' | 'deploy' | 'session' | 'setup';

/** Where something is. Things of a whole project have no environment. */
export interface Place {
  readonly projectId: string;
  readonly environmentId: string | null;
}

/** What decides over a caller's rights: the token, and the person behind it where there is one. */
export interface Rights {
  readonly scopes: readonly Scope[];
  /** Set: the token stays inside of them. */
  readonly projectId: string | null;
  readonly environmentId: string | null;
  readonly person: { readonly isAdmin: boolean; readonly roles: Readonly<Record<string, Role>> } | null;
}

/** The highest scope the caller has at a place, or null when it may not even know that there is something. */
export function scopeAt(rights: Rights, place: Place): Scope | null {
  if (rights.projectId !== null && rights.projectId !== place.projectId) return null;
  if (rights.environmentId !== null && rights.environmentId !== place.environmentId) return null;
  const own = highest(rights.scopes);
  // A token that is nobody's holds only in the project it belongs to.
  if (rights.person === null) return rights.projectId === null ? null : own;
  if (own === null) return null;
  if (rights.person.isAdmin) return own;
  const role = Object.hasOwn(rights.person.roles, place.projectId) ? rights.person.roles[place.projectId] : undefined;
  return role === undefined ? null : lower(own, roleScopes[role]);
}

/** True for what belongs to no project: people, the whole audit log. Only an administrator's own unbound token has it. */
export function holdsInstance(rights: Rights): boolean {
  return rights.projectId === null && rights.scopes.includes('instance') && rights.person?.isAdmin === true;
}

/** Whether rows of the audit log are theirs to read: of a project for its administrators, of no project for those of the installation. */
export function mayReadAudit(rights: Rights, projectId: string | null): boolean {
  if (holdsInstance(rights)) return true;
  return projectId !== null && holds(scopeAt(rights, { projectId, environmentId: null }), 'admin');
}

/** Projects that the caller may know of; null means all. */
export function visibleProjects(rights: Rights): readonly string[] | null {
  if (rights.projectId !== null) return rights.scopes.length > 0 ? [rights.projectId] : [];
  if (rights.person === null || rights.scopes.length === 0) return [];
  return rights.person.isAdmin ? null : Object.keys(rights.person.roles);
}

/** True when `held` is `wanted` or stands above it. */
export function holds(held: Scope | null, wanted: Scope): boolean {
  return held !== null && scopes.indexOf(held) >= scopes.indexOf(wanted);
}

export function highest(list: readonly Scope[]): Scope | null {
  return list.reduce<Scope | null>((best, scope) => (best === null || holds(scope, best) ? scope : best), null);
}

function lower(a: Scope, b: Scope): Scope {
  return holds(a, b) ? b : a;
}
