import { describe, expect, it } from 'vitest';
import { growth } from '../../../../../tests/support/growth.ts';
import { planChanges } from './import-variables.ts';
import { parseDotenv } from './parse-dotenv.ts';

describe('parseDotenv', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['A = 1 ', { A: '1' }],
    ['export A=1', { A: '1' }],
    ['A=', { A: '' }],
    ['A=""', { A: '' }],
    ['A=b=c', { A: 'b=c' }],
    ['A=one two # three', { A: 'one two' }],
    ['A=one#two', { A: 'one#two' }],
    ["A='one # two' # three", { A: 'one # two' }],
    ['A="one\\ntwo \\"x\\" \\$HOME \\\\"', { A: 'one\ntwo "x" $HOME \\' }],
    ["A='one\\ntwo'", { A: 'one\\ntwo' }],
    ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    ["A='-----BEGIN\nKEY-----'", { A: '-----BEGIN\nKEY-----' }],
    ['\ufeffA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['# A=1\n\n   \nB=2', { B: '2' }],
    ['A=1\nA=2', { A: '2' }],
    ['A=$HOME `id` $(id)', { A: '$HOME `id` $(id)' }],
    ['A=#', { A: '' }],
    ['', {}],
  ])('reads %j', (text, values) => {
    expect(parseDotenv(text)).toEqual(values);
  });

  it.each([
    ['A=1\nB', 2],
    ['1A=x', 1],
    ['A B=1', 1],
    ['\n\nA="one', 3],
    ["A='one", 1],
    ['A="one" two', 1],
    ['A-B=1', 1],
  ])('names the line of what is wrong with %j, and not the value', (text, line) => {
    expect(() => parseDotenv(text)).toThrow(`Line ${line} is not NAME=value`);
  });

  it('reads a large file in a time that grows with its size alone', () => {
    const open = (length: number) => expect(() => parseDotenv(`A="${'\\'.repeat(length)}\n`)).toThrow();
    expect(growth(open, 25_000, 400_000)).toBeLessThan(1.6);
    const lines = (count: number) =>
      expect(
        Object.keys(parseDotenv(Array.from({ length: count }, (_, index) => `N${index}=  x  # y`).join('\n'))),
      ).toHaveLength(count);
    expect(growth(lines, 1_250, 20_000)).toBeLessThan(1.6);
  });
});

describe('planChanges', () => {
  const standing = [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
    { name: 'SEALED', value: null },
  ];

  it('tells what is added and changed, and what is removed only where all are replaced', () => {
    const values = { A: '1', B: '3', C: '4' };
    const set = [
      { name: 'B', change: 'changed' },
      { name: 'C', change: 'added' },
    ];
    expect(planChanges(standing, values, false)).toEqual(set);
    expect(planChanges(standing, values, true)).toEqual([...set, { name: 'SEALED', change: 'removed' }]);
    expect(planChanges(standing, { SEALED: '' }, false)).toEqual([{ name: 'SEALED', change: 'changed' }]);
  });
});
