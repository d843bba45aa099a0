import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { growth } from '../../../../tests/support/growth.ts';
import { parseGlob } from './glob.ts';
import { decidingGlob, globList, isGlob, matchesGlobs, takesEverything } from './glob-list.ts';
import { matchBranchRules } from './match-branch-rules.ts';

describe('parseGlob', () => {
  it.each([
    ['main', 'main', true],
    ['main', 'feature/main', false],
    ['main', 'main2', false],
    ['main', 'Main', false],
    ['*', 'main', true],
    ['*', 'feature/main', false],
    ['**', 'feature/main', true],
    ['release/*', 'release/1.2', true],
    ['release/*', 'release/1/2', false],
    ['release/**', 'release/1/2', true],
    ['release/**', 'release', false],
    ['**/main', 'main', true],
    ['**/main', 'a/b/main', true],
    ['**/main', 'amain', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'ab', false],
    ['v?', 'v1', true],
    ['v?', 'v/', false],
    ['v[0-9]*', 'v1.0', true],
    ['v[!0-9]', 'v1', false],
    ['v[', 'v[', true],
    ['src/*.{py,txt}', 'src/a.py', true],
    ['src/*.{py,txt}', 'src/a.ts', false],
    ['{a,b{c,d}}', 'bd', true],
    ['{a}', '{a}', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['docs/', 'docs/a/b.md', true],
    ['docs/', 'docs', false],
    ['.github/**', '.github/x', true],
    ['**', '.github/x', true],
    ['*.md', '.md', true],
  ])('%s on %s: %s', (pattern, text, matches) => {
    expect(parseGlob(pattern)?.matches(text)).toBe(matches);
  });

  it('refuses what would be too much', () => {
    expect(parseGlob('')).toBeNull();
    expect(parseGlob('x'.repeat(513))).toBeNull();
    expect(parseGlob('{a,b}'.repeat(7))).toBeNull();
    expect(parseGlob('{a,b}'.repeat(6))).not.toBeNull();
    expect(isGlob('!')).toBe(false);
  });

  it('takes no longer for patterns that make others backtrack', () => {
    const glob = parseGlob(`${'*a'.repeat(6)}b`);
    // Who backtracks takes the sixth power of it.
    expect(growth((length) => glob?.matches('a'.repeat(length)), 20, 80)).toBeLessThan(3);
    expect(parseGlob(`${'*a'.repeat(120)}b`)?.matches('a'.repeat(1_000))).toBe(false);
  });

  it('agrees with picomatch', () => {
    const segment = fc.array(fc.constantFrom('a', 'b', '*', '?', '.', '{a,bb}', '[ab]'), {
      minLength: 1,
      maxLength: 4,
    });
    const pattern = fc
      .array(
        fc.oneof(
          segment.map((parts) => parts.join('')),
          fc.constant('**'),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((parts) => parts.join('/'))
      // Where the two differ on purpose: `a/**` is "below a", and `a**` crosses segments.
      .filter((text) => !/[^/]\*\*|\*\*[^/]|\/\*\*$/.test(text) && !/(^|\/)\.{1,2}(\/|$)/.test(text))
      // More alternatives than are taken at all: refused, and a test of its own.
      .filter((text) => 2 ** (text.match(/\{/g)?.length ?? 0) <= 64);
    const text = fc
      .array(
        fc.array(fc.constantFrom('a', 'b', '.'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      .map((parts) => parts.join('/'))
      .filter((path) => !/(^|\/)\.{1,2}(\/|$)/.test(path));
    fc.assert(
      fc.property(pattern, text, (glob, path) => {
        // Its short cuts say otherwise than its grammar: by them `*.*` does not take `a.`, as every shell does.
        const options = { dot: true, noextglob: true, nonegate: true, strictSlashes: true, fastpaths: false };
        const other = picomatch(glob, options);
        expect(parseGlob(glob)?.matches(path)).toBe(other(path));
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('globList', () => {
  it.each([
    [['**', '!docs/**'], 'docs/a.md', false],
    [['**', '!docs/**'], 'src/a.py', true],
    [['**', '!docs/**', 'docs/api.md'], 'docs/api.md', true],
    [['!docs/**'], 'src/a.py', true],
    [['!docs/**'], 'docs/a.md', false],
    [[], 'a', false],
    [['main', '!main'], 'main', false],
  ])('%j on %s: %s', (patterns, text, taken) => {
    expect(matchesGlobs(patterns, text)).toBe(taken);
  });

  it('knows when it takes everything, and is never wrong about it', () => {
    expect(takesEverything(['**'])).toBe(true);
    expect(takesEverything(['!a', '**'])).toBe(true);
    expect(takesEverything(['**', '!a'])).toBe(false);
    expect(takesEverything([])).toBe(false);
    const list = fc.array(fc.constantFrom('**', '!a', 'a', '!**', '*', 'b/**'), { maxLength: 5 });
    fc.assert(
      fc.property(list, fc.constantFrom('a', 'b', 'a/b', 'b/a/c'), (patterns, path) => {
        if (takesEverything(patterns)) expect(globList(patterns)(path)).toBe(true);
      }),
    );
  });
});

describe('decidingGlob', () => {
  it.each([
    [['main'], 'main', 'main'],
    [['main'], 'feature/main', null],
    [['**', 'release/*'], 'release/1', 'release/*'],
    [['**', '!wip/**'], 'wip/a', null],
    [['**', '!wip/**', 'wip/ready'], 'wip/ready', 'wip/ready'],
    [['!wip/**'], 'main', '!wip/**'],
    [[], 'main', null],
  ])('%j on %s: %s', (patterns, text, decides) => {
    expect(decidingGlob(patterns, text)).toBe(decides);
  });

  it('decides as the list does', () => {
    const list = fc.array(fc.constantFrom('**', '!a', 'a', '!**', '*', 'b/**', '!b/a/*'), { maxLength: 6 });
    fc.assert(
      fc.property(list, fc.constantFrom('a', 'b', 'a/b', 'b/a/c'), (patterns, text) => {
        expect(decidingGlob(patterns, text) !== null).toBe(matchesGlobs(patterns, text));
      }),
    );
  });
});

describe('matchBranchRules', () => {
  const rule = (environmentId: string, branches: string[], position = 0, repositoryId: string | null = null) => ({
    environmentId,
    branches,
    position,
    repositoryId,
  });

  it('never takes feature/main for main', () => {
    const rules = [rule('env_production', ['main'])];
    expect(matchBranchRules(rules, 'rpo_1', 'main')).toEqual(['env_production']);
    expect(matchBranchRules(rules, 'rpo_1', 'feature/main')).toEqual([]);
  });

  it('answers each environment once, in the order of the rules', () => {
    const rules = [rule('env_b', ['*'], 2), rule('env_a', ['main'], 1), rule('env_b', ['main'], 3)];
    expect(matchBranchRules(rules, 'rpo_1', 'main')).toEqual(['env_a', 'env_b']);
  });

  it('leaves out rules of other repositories', () => {
    expect(matchBranchRules([rule('env_a', ['main'], 0, 'rpo_2')], 'rpo_1', 'main')).toEqual([]);
  });
});
