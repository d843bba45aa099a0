import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { climbsOut, indexRoutes, matchRoute } from './route-index.ts';

const a = { name: 'a', hosts: ['a-prod-p.localhost', 'a.example.com'], pathPrefix: '/p/prod/a' };
const b = { name: 'b', hosts: ['b-prod-p.localhost'], pathPrefix: '/p/prod/b' };
const deep = { name: 'deep', hosts: [], pathPrefix: '/p/prod/a/deep' };
const index = indexRoutes([a, b, deep]);

describe('matchRoute', () => {
  it.each([
    ['a-prod-p.localhost', '/x?y=1', 'a', '/x?y=1', null],
    ['a-prod-p.localhost', '/p/prod/b/x', 'a', '/p/prod/b/x', null],
    ['localhost', '/p/prod/b/x?y=%2F', 'b', '/x?y=%2F', '/p/prod/b'],
    ['localhost', '/p/prod/b', 'b', '/', '/p/prod/b'],
    ['localhost', '/p/prod/b?q', 'b', '/?q', '/p/prod/b'],
    ['localhost', '/p/prod/b//x/%2e', 'b', '//x/%2e', '/p/prod/b'],
    ['localhost', '/p/prod/a/deep/x', 'deep', '/x', '/p/prod/a/deep'],
    ['localhost', '/p/prod/a/deeper/x', 'a', '/deeper/x', '/p/prod/a'],
  ])('%s %s goes to %s as %s', (host, target, name, forwarded, prefix) => {
    expect(matchRoute(index, host, target)).toMatchObject({ entry: { name }, target: forwarded, prefix });
  });

  it.each([
    '/',
    '*',
    '/p/prod',
    '/p/prod/',
    '/p/prod/bb',
    '//p/prod/b',
    '/x/../p/prod/b',
    '/p/prod/%62',
    '/P/prod/b',
    '/p?/prod/b',
  ])('finds nobody for %s', (target) => expect(matchRoute(index, 'localhost', target)).toBeNull());

  it('forwards exactly the bytes after the prefix', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/[!-~]{0,40}$/), (rest) => {
        expect(matchRoute(index, 'other', `/p/prod/b${rest}`)).toMatchObject({ entry: { name: 'b' }, target: rest });
      }),
    );
  });

  it('never matches a prefix the target does not literally start with', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/[a-z./%?]{0,30}$/), (target) => {
        const match = matchRoute(index, 'other', target);
        if (match !== null) expect(target.startsWith(match.prefix ?? '!')).toBe(true);
      }),
    );
  });

  it('lets the first claim of a host stand', () => {
    const twice = indexRoutes([a, { ...b, hosts: ['A.example.com'] }]);
    expect(matchRoute(twice, 'a.example.com', '/')).toMatchObject({ entry: { name: 'a' } });
  });
});

describe('climbsOut', () => {
  it.each([
    '/..',
    '/../b',
    '/x/../../b',
    '/%2e%2e/b',
    '/.%2E/b',
    '/..%2fb',
    '/..\\b',
    '/..%5cb',
    '//../b',
    '/..;a/b',
    '/x/..//../b',
  ])('%s does', (path) => expect(climbsOut(path)).toBe(true));
  it.each(['/', '/a..b/c', '/x/../y', '/x/%2e%2e/y', '/...', '/x?a=/../..', '/.well-known/x', '/%2e/x'])(
    '%s does not',
    (path) => expect(climbsOut(path)).toBe(false),
  );
  it('agrees with the URL standard wherever that one climbs', () => {
    const segment = fc.constantFrom('..', '.', 'a', '%2e%2e', '.%2e', 'b');
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
        const path = `/${segments.join('/')}`;
        const resolved = new URL(`http://h/keep/in${path}`).pathname;
        if (!resolved.startsWith('/keep/in')) expect(climbsOut(path)).toBe(true);
      }),
    );
  });
});
