import { expect, it } from 'vitest';
import { changedBetween, mistakeInName, toDifferences, toPatch } from './staged.ts';

const standing = [
  { name: 'A', value: '1', source: 'service' },
  { name: 'B', value: '2', source: 'environment' },
  { name: 'SEALED', value: null, source: 'service' },
] as const;

it('is what would change, by name', () => {
  const differences = toDifferences(standing, { C: 'new', A: null, B: '2', SEALED: 'x', GONE: null });
  expect(differences).toEqual([
    { name: 'A', change: 'removed', from: '1', to: null },
    { name: 'C', change: 'added', from: null, to: 'new' },
    { name: 'SEALED', change: 'changed', from: null, to: 'x' },
  ]);
  expect(toPatch(differences)).toEqual({ A: null, C: 'new', SEALED: 'x' });
});

it('tells what somebody else did meanwhile, and nothing where nobody did', () => {
  const now = [
    { name: 'A', value: '1', source: 'service' },
    { name: 'B', value: '3', source: 'service' },
    { name: 'NEW', value: '', source: 'service' },
  ] as const;
  expect(changedBetween(standing, now)).toEqual(['B', 'NEW', 'SEALED']);
  expect(changedBetween(standing, standing)).toEqual([]);
});

it('knows names', () =>
  expect(['A_1', '_', '1A', 'a-b', ''].map((name) => mistakeInName(name) === null)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]));
