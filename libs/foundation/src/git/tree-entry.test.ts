import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultTreeLimits, parseTree, staysInside } from './tree-entry.ts';

const name = 'a'.repeat(40);
const listing = (...paths: string[]) =>
  Buffer.from(paths.map((path) => `100644 blob ${name}      5\t${path}\0`).join(''));

describe('parseTree', () => {
  it('reads modes, sizes and paths', () => {
    const text = `100755 blob ${name}     12\trun\x00120000 blob ${name}      3\tlink\x00160000 commit ${name}       -\tsub\0`;
    expect(
      parseTree(Buffer.from(text), defaultTreeLimits).map(({ kind, sizeBytes, path }) => [kind, sizeBytes, path]),
    ).toEqual([
      ['program', 12, 'run'],
      ['link', 3, 'link'],
      ['submodule', 0, 'sub'],
    ]);
    expect(parseTree(Buffer.alloc(0), defaultTreeLimits)).toEqual([]);
  });

  it('keeps to its limits', () => {
    expect(() => parseTree(listing('a', 'b', 'c'), { entries: 2, bytes: 100 })).toThrow(/more than 2 files/);
    expect(() => parseTree(listing('a', 'b', 'c'), { entries: 3, bytes: 14 })).toThrow(/at most 1 MiB/);
  });

  it.each([
    'a/..',
    '../a',
    './a',
    '/a',
    'a//b',
    '.git/x',
    'a/.GIT',
    'git~1/x',
    '.git ',
    'x'.repeat(256),
    `${'d/'.repeat(2500)}f`,
  ])('refuses %s', (path) => {
    expect(() => parseTree(listing(path), defaultTreeLimits)).toThrow();
  });

  it('refuses what is a file and a folder', () => {
    expect(() => parseTree(listing('a', 'a/b/c'), defaultTreeLimits)).toThrow(/both a file and a folder/);
    expect(() => parseTree(listing('a/b/c', 'a/b'), defaultTreeLimits)).toThrow(/both a file and a folder/);
    expect(() => parseTree(listing('a', 'a'), defaultTreeLimits)).toThrow(/twice/);
    expect(parseTree(listing('a', 'a.b', 'a-b/c', 'a-b/d'), defaultTreeLimits)).toHaveLength(4);
  });
});

describe('staysInside', () => {
  it.each([
    ['l', 'a/b', true],
    ['l', '.', true],
    ['a/l', '../b', true],
    ['a/b/l', '../..', true],
    ['l', '..', false],
    ['a/l', '../..', false],
    ['l', '/etc', false],
    ['l', 'a/..', false],
    ['l', '', false],
    ['l', 'a\0b', false],
  ])('%s -> %s: %s', (path, target, inside) => {
    expect(staysInside(path, target)).toBe(inside);
  });

  // The kernel's own way of following links, over a tree in which every accepted link stands.
  it('holds for every chain of accepted links', () => {
    const step = fc.constantFrom('..', '.', 'a', 'b', 'c');
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((steps) => steps.join('/'));
    const links = fc.dictionary(
      path,
      fc.array(step, { minLength: 1, maxLength: 5 }).map((steps) => steps.join('/')),
      { maxKeys: 6 },
    );
    fc.assert(
      fc.property(links, path, (all, start) => {
        const accepted = Object.entries(all).filter(([at, target]) => staysInside(at, target));
        // A link's folders are folders: nothing accepted stands where another needs one.
        const tree = new Map(accepted.filter(([at]) => !accepted.some(([other]) => at.startsWith(`${other}/`))));
        expect(follow(tree, start)).not.toBe('outside');
      }),
      { numRuns: 2000 },
    );
  });
});

function follow(links: ReadonlyMap<string, string>, start: string): 'inside' | 'outside' | 'loop' {
  const todo = start.split('/');
  const at: string[] = [];
  for (let followed = 0; todo.length > 0; ) {
    const step = todo.shift() as string;
    if (step === '.') continue;
    if (step === '..') {
      if (at.length === 0) return 'outside';
      at.pop();
      continue;
    }
    const target = links.get([...at, step].join('/'));
    if (target === undefined) at.push(step);
    else if (++followed > 40) return 'loop';
    else todo.unshift(...target.split('/'));
  }
  return 'inside';
}
