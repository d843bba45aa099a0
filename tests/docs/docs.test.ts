import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, listCommandPaths } from '@sconce/cli';
import { problems } from '@sconce/contract';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'bench/**/*.md'], { cwd: root }).filter(
  (path) => !path.includes('node_modules'),
);
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Links of a page, without those in code. */
function linksOf(page: string): string[] {
  const prose = read(page)
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map((match) => match[1] ?? '');
}

/** Anchors of a page's headings, as they are made where pages are shown. */
function anchorsOf(path: string): Set<string> {
  const headings = read(path)
    .replace(/```[\s\S]*?```/g, '')
    .matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/`/g, '')
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/ /g, '-'),
    ),
  );
}

/** Why a link leads nowhere, or null. */
function brokenLink(page: string, link: string): string | null {
  if (/^(https?|mailto):/.test(link)) return null;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : relative(root, join(root, dirname(page), path));
  if (!existsSync(join(root, target))) return `${link}: no such file`;
  return anchor !== undefined && !anchorsOf(target).has(anchor) ? `${link}: no such heading` : null;
}

describe('pages', () => {
  it.each(pages)('%s has no link that leads nowhere', (page) => {
    expect(
      linksOf(page)
        .map((link) => brokenLink(page, link))
        .filter(Boolean),
    ).toEqual([]);
  });

  it('would find a broken link', () => {
    expect(brokenLink('README.md', 'docs/absent.md')).toContain('no such file');
    expect(brokenLink('README.md', 'docs/problems.md#absent')).toContain('no such heading');
    expect(brokenLink('README.md', 'docs/problems.md#not_found')).toBeNull();
  });

  it('the decisions are numbered without a gap that nobody explains', () => {
    const numbers = globSync('docs/adr/*.md', { cwd: root }).map((path) => Number(/(\d{4})-/.exec(path)?.[1]));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every(Number.isInteger)).toBe(true);
  });
});

describe('docs/problems.md', () => {
  const text = read('docs/problems.md');
  const section = (code: string) => text.split(/^## /m).find((part) => part.startsWith(`${code}\n`)) ?? '';

  it.each(Object.entries(problems))('explains %s as the contract has it', (code, { status, title, about }) => {
    expect(section(code)).toContain(`**${status}** · ${title}`);
    expect(section(code)).toContain(about);
  });

  it('explains no code that there is not', () => {
    const explained = [...text.matchAll(/^## ([a-z_]+)$/gm)].map((match) => match[1]);
    expect(explained).toEqual(Object.keys(problems));
  });

  it('lists the answers of the gateway itself, and none that it does not give', () => {
    const source = read('apps/gateway/src/problem.ts');
    const table = source.slice(source.indexOf('const problems'), source.indexOf('} as const'));
    const given = [...table.matchAll(/^ {2}(\w+): \{/gm)].map((match) => match[1]);
    const listed = [...text.matchAll(/^\| `(\w+)` \| \d{3} \|/gm)].map((match) => match[1]);
    expect(given.length).toBeGreaterThan(10);
    expect(listed).toEqual(given);
  });
});

describe('docs/cli.md', () => {
  const text = read('docs/cli.md');

  /** What stands in the first cell of the tables of commands: `sconce builds show [build]` is `builds show`. */
  const documented = [...text.matchAll(/^\| `sconce ([a-z][a-z -]*?)(?: [[<-][^`]*| NAME=[^`]*)?` \|/gm)].map(
    (match) => match[1] ?? '',
  );

  it('has a line for every command, and for none that there is not', () => {
    // A group alone does what its `list` does, and is written so.
    const commands = listCommandPaths().filter((path) => !path.endsWith(' list'));
    expect(commands.length).toBeGreaterThan(60);
    expect([...documented].sort()).toEqual([...commands].sort());
  });

  it('tells every exit code', () => {
    const documented = [...text.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
    expect(documented).toEqual(Object.values(exitCodes));
  });
});
