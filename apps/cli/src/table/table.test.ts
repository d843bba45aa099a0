import { describe, expect, it } from 'vitest';
import type { CommandSpec } from './command-spec.ts';
import { commandTable, listCommandPaths } from './command-table.ts';
import { planCompletion } from './plan-completion.ts';
import { optionsOf } from './shared-options.ts';
import { suggest } from './suggest.ts';

const all = (specs: readonly CommandSpec[], above = ''): [string, CommandSpec][] =>
  specs.flatMap((spec): [string, CommandSpec][] => [
    [`${above}${spec.name}`, spec],
    ...all(spec.commands ?? [], `${above}${spec.name} `),
  ]);
const commands = all(commandTable.flatMap((group) => group.commands)).filter(([, spec]) => !spec.hidden);

describe('the table of commands', () => {
  it('names each command once', () => {
    expect(new Set(listCommandPaths()).size).toBe(listCommandPaths().length);
  });

  it.each(commands)('gives examples of %s that it would take', async (path, spec) => {
    expect(spec.examples?.length).toBeGreaterThan(0);
    const flags = (spec.options ?? []).flatMap((option) => option.flags.match(/--?[a-z][a-z-]*/g) ?? []);
    for (const [line] of spec.examples ?? []) {
      const typed = /sconce ([^|<>)]*)/.exec(line)?.[1] ?? '';
      expect(`sconce ${typed}`).toContain(`sconce ${path.replace(/ list$/, '')}`);
      const given = typed.replace(/"[^"]*"/g, '').match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
      expect(
        given.filter((flag) => !flags.includes(flag) && !['--json', '-q', '--quiet', '--api-url'].includes(flag)),
      ).toEqual([]);
    }
  });

  it.each(commands)('knows where the code of %s is', async (_path, spec) => {
    expect(typeof (await spec.load?.())).toBe('function');
  });

  it('says of each option what it is, once, and gives each letter one meaning', () => {
    for (const [path, spec] of commands) {
      const letters = (spec.options ?? []).flatMap(({ flags }) => /^-\w/.exec(flags)?.[0] ?? []);
      expect(new Set(letters).size, path).toBe(letters.length);
      expect(letters.filter((letter) => ['-q', '-h'].includes(letter))).toEqual([]);
    }
  });
});

describe('planCompletion', () => {
  const offers = (...words: string[]) => planCompletion(commandTable, words).offers.map(({ word }) => word);

  it.each(commands)('offers %s, and each of its options and choices', (path, spec) => {
    const words = path.split(' ');
    expect(offers(...words.slice(0, -1), words.at(-1) ?? '')).toContain(words.at(-1));
    for (const option of optionsOf(spec)) {
      const flags = option.flags.match(/--?[a-z][a-z-]*/g) ?? [];
      for (const flag of flags) expect(offers(...words, flag)).toContain(flag);
      for (const choice of option.choices ?? []) expect(offers(...words, flags.at(-1) ?? '', '')).toContain(choice);
      if (option.completes)
        expect(planCompletion(commandTable, [...words, flags.at(-1) ?? '', '']).names).toBe(option.completes);
    }
    const [argument] = spec.arguments ?? [];
    if (argument?.completes) expect(planCompletion(commandTable, [...words, '']).names).toBe(argument.completes);
    for (const choice of argument?.choices ?? []) expect(offers(...words, '')).toContain(choice);
  });

  it('offers commands, what is below them, and options', () => {
    expect(offers('rol')).toEqual(['rollback', 'rollouts']);
    expect(offers('rollouts', 're')).toEqual(['resume']);
    expect(offers('rollouts', 'list', '--a')).toEqual(['--active', '--api-url']);
    expect(offers('logs', '-')).toContain('--follow');
    expect(offers('logs', '-')).not.toContain('-f');
  });

  it('offers values where a command or an option takes one', () => {
    expect(offers('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(offers('logs', '--level', 'w')).toEqual(['warn']);
    expect(planCompletion(commandTable, ['status', 'vis']).names).toBe('service');
    expect(planCompletion(commandTable, ['logs', '--service', '']).names).toBe('service');
    expect(planCompletion(commandTable, ['variables', 'import', '']).names).toBe('file');
    expect(planCompletion(commandTable, ['releases', 'compare', 'r1', '']).names).toBe('release');
    expect(planCompletion(commandTable, ['releases', 'compare', 'r1', 'r2', ''])).toEqual({ offers: [], names: null });
  });

  it('offers nothing where nothing is known, and nothing that is hidden', () => {
    expect(offers('bogus', '')).toEqual([]);
    expect(offers('comp')).toEqual(['completion']);
    expect(offers('--token', '')).toEqual([]);
    expect(offers('logs', '--', '')).toEqual([]);
    expect(planCompletion(commandTable, [])).toMatchObject({ names: null });
  });
});

describe('suggest', () => {
  it.each([
    ['statsu', 'status'],
    ['proj', 'projects'],
    ['projetcs', 'projects'],
    ['rolback', 'rollback'],
    ['xyz', null],
    ['', null],
    ['a'.repeat(1_000), null],
  ])('for %j offers %j', (word, name) => {
    expect(suggest(word, ['status', 'projects', 'rollback', 'rollouts'])).toBe(name);
  });
});
