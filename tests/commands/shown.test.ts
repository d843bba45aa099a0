import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endpoints } from '@sconce/contract';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../apps/dashboard/src/', import.meta.url));
const sources = new Map(
  globSync('**/*.{ts,tsx}', { cwd: root })
    .filter((path) => !/\.test\.tsx?$/.test(path))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);
const all = [...sources];

/** Writes of the pages that nobody does from a terminal as they stand, and why. */
const left: Readonly<Record<string, string>> = {
  createSession: 'signing in is for browsers',
  deleteSession: 'signing out is for browsers',
  createSignInChallenge: 'a passkey in a browser answers it',
  updateMe: 'takes a session that did not begin with a token',
  updateSignInSettings: 'takes a session that did not begin with a token',
  putPassword: 'takes a session that did not begin with a token',
  deletePassword: 'takes a session that did not begin with a token',
  createPasskeyRegistration: 'takes a session that did not begin with a token',
  createPasskey: 'takes a session that did not begin with a token',
  updatePasskey: 'takes a session that did not begin with a token',
  deletePasskey: 'takes a session that did not begin with a token',
  createSecretGroup: 'on the way to the first secret in it, which the command does by itself too',
};

/** `const save = useWrite({ as: …`, with the first words of what it is said by. */
const writes = all.flatMap(([path, source]) =>
  path === join('api', 'use-write.ts')
    ? []
    : [...source.matchAll(/(?:const (\w+) = )?useWrite(?:<[^>]*>)?\(\{\s*(as:\s*[^\n]*)?/g)].map(
        ([, name, as]) => ({ path, name, as }) as const,
      ),
);
const isOnlyHere = (as: string | undefined) => /^as: (?:personsOnly|\{ onlyHere)/.test(as ?? '');

describe('everything that a page changes', () => {
  it('goes through useWrite, which asks for its form for a terminal', () => {
    const others = all.filter(
      ([path, source]) => path !== join('api', 'use-write.ts') && source.includes('useMutation'),
    );
    expect(others.map(([path]) => path)).toEqual([]);
    expect(writes.length).toBeGreaterThan(30);
    expect(writes.filter(({ name, as }) => name === undefined || as === undefined)).toEqual([]);
  });

  it.each(writes.filter(({ as }) => !isOnlyHere(as)))('shows that form: $name of $path', ({ path, name }) => {
    // A hook's write is shown by a component beside it, and PendingChanges shows the one it is given.
    const near = all.filter(([other]) => other === path || (path.endsWith('.ts') && dirname(other) === dirname(path)));
    const shown = new RegExp(
      `<AsCommand (?:what=\\S+ |what="[^"]*" |what=\\{[^}]*\\} )?\\{\\.\\.\\.(?:\\w+\\.)*${name}\\.as\\} />|<PendingChanges[^>]* write=\\{${name}\\}`,
    );
    expect(near.some(([, source]) => shown.test(source))).toBe(true);
  });

  it('has such a form by name, or a reason in this test why not', () => {
    const acts = all.filter(([path]) => path.startsWith(join('words', 'actions'))).map(([, source]) => source);
    const said = new Set(acts.flatMap((source) => [...source.matchAll(/'(\w+)'/g)].map(([, name]) => name)));
    const isWrite = (name: string) => name in endpoints && endpoints[name as 'getMe'].method !== ('GET' as string);
    const made = new Set(
      all.flatMap(([, source]) =>
        [...source.matchAll(/\bclient\s*\.(\w+)\(/g)].flatMap(([, name = '']) => (isWrite(name) ? [name] : [])),
      ),
    );
    expect(made.size).toBeGreaterThan(40);
    expect([...made].filter((name) => !said.has(name) && !(name in left))).toEqual([]);
    expect(Object.keys(left).filter((name) => said.has(name) || !made.has(name))).toEqual([]);
  });
});
