import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  holds,
  holdsInstance,
  mayReadAudit,
  type Rights,
  roleScopes,
  type Scope,
  scopeAt,
  scopes,
  visibleProjects,
} from './scope.ts';

const here = { projectId: 'prj_a', environmentId: 'env_a' };
const rights = (changes: Partial<Rights> = {}): Rights => ({
  scopes: ['admin'],
  projectId: null,
  environmentId: null,
  person: { isAdmin: false, roles: { prj_a: 'developer' } },
  ...changes,
});

describe('scopeAt', () => {
  it('is the lower of the token’s scope and the person’s role', () => {
    expect(scopeAt(rights(), here)).toBe('write');
    expect(scopeAt(rights({ scopes: ['read'] }), here)).toBe('read');
    expect(scopeAt(rights({ scopes: ['read', 'deploy'] }), here)).toBe('deploy');
    expect(scopeAt(rights({ scopes: [] }), here)).toBeNull();
  });

  it('is nothing in a project of others, and for names that objects have by nature', () => {
    expect(scopeAt(rights(), { projectId: 'prj_b', environmentId: null })).toBeNull();
    expect(scopeAt(rights(), { projectId: 'constructor', environmentId: null })).toBeNull();
    expect(scopeAt(rights(), { projectId: '__proto__', environmentId: null })).toBeNull();
  });

  it('keeps a bound token inside of its project and environment, also an administrator’s', () => {
    const bound = rights({ projectId: 'prj_a', environmentId: 'env_a', person: { isAdmin: true, roles: {} } });
    expect(scopeAt(bound, here)).toBe('admin');
    expect(scopeAt(bound, { projectId: 'prj_a', environmentId: 'env_b' })).toBeNull();
    expect(scopeAt(bound, { projectId: 'prj_a', environmentId: null })).toBeNull();
    expect(scopeAt(bound, { projectId: 'prj_b', environmentId: 'env_a' })).toBeNull();
  });

  it('never exceeds the token’s own scopes, whoever holds it', () => {
    const anyRights = fc.record({
      scopes: fc.subarray([...scopes]),
      projectId: fc.constantFrom(null, 'prj_a', 'prj_b'),
      environmentId: fc.constantFrom(null, 'env_a', 'env_b'),
      person: fc.option(
        fc.record({
          isAdmin: fc.boolean(),
          roles: fc.dictionary(fc.constantFrom('prj_a', 'prj_b'), fc.constantFrom('viewer', 'developer', 'admin')),
        }),
      ),
    });
    fc.assert(
      fc.property(anyRights, (given) => {
        const held = scopeAt(given as Rights, here);
        if (held === null) return;
        expect(given.scopes.some((scope) => holds(scope, held))).toBe(true);
        const role = given.person?.roles.prj_a;
        if (given.person && !given.person.isAdmin) expect(holds(roleScopes[role as 'viewer'], held)).toBe(true);
        expect(given.projectId === null || given.projectId === 'prj_a').toBe(true);
        const visible = visibleProjects(given as Rights);
        expect(visible === null || visible.includes('prj_a')).toBe(true);
      }),
    );
  });
});

describe('holds', () => {
  it('orders all scopes', () => {
    for (const [at, wanted] of scopes.entries()) {
      expect(scopes.filter((held: Scope) => holds(held, wanted))).toEqual(scopes.slice(at));
    }
    expect(holds(null, 'read')).toBe(false);
  });
});

describe('holdsInstance', () => {
  it('asks for an administrator and a token that is not bound', () => {
    const all = rights({ scopes: ['instance'], person: { isAdmin: true, roles: {} } });
    expect(holdsInstance(all)).toBe(true);
    expect(holdsInstance({ ...all, projectId: 'prj_a' })).toBe(false);
    expect(holdsInstance({ ...all, scopes: ['admin'] })).toBe(false);
    expect(holdsInstance(rights({ scopes: ['instance'] }))).toBe(false);
    expect(holdsInstance({ ...all, person: null })).toBe(false);
  });
});

describe('mayReadAudit', () => {
  it('is of a project for its administrators, and of everything for those of the installation alone', () => {
    const all: Rights['person'] = { isAdmin: true, roles: {} };
    const read = (given: Partial<Rights>) => ['prj_a', 'prj_b', null].map((id) => mayReadAudit(rights(given), id));
    expect(read({ scopes: ['instance'], person: all })).toEqual([true, true, true]);
    expect(read({ scopes: ['admin'], person: all })).toEqual([true, true, false]);
    expect(read({ scopes: ['write'], person: all })).toEqual([false, false, false]);
    expect(read({ person: { isAdmin: false, roles: { prj_a: 'admin', prj_b: 'developer' } } })).toEqual([
      true,
      false,
      false,
    ]);
    expect(read({ projectId: 'prj_a', person: null })).toEqual([true, false, false]);
    expect(read({ projectId: 'prj_a', environmentId: 'env_a', person: null })).toEqual([false, false, false]);
    expect(read({ scopes: ['instance'], projectId: 'prj_a', person: all })).toEqual([true, false, false]);
  });
});
