import { describe, expect, it } from 'vitest';
import { foldedPackages, packageLines } from './package-lines.ts';

const changed = (name: string, from = '1', to = '2') => ({ name, change: 'changed', from, to }) as const;

describe('packageLines', () => {
  it('lists packages by kind, the first of each, and what is not known', () => {
    const many = Array.from({ length: 20 }, (_, index) => changed(`p${index}`));
    const packages = {
      groups: [
        {
          kind: 'python' as const,
          added: 1,
          removed: 0,
          changed: 1,
          differences: [
            { name: 'fresh', change: 'added', from: null, to: '1.0' } as const,
            changed('torch', '2.4', '2.5'),
          ],
        },
        { kind: 'debian' as const, added: 0, removed: 0, changed: 20, differences: many },
      ],
      unknown: [{ release: 'r1', kind: 'alpine' as const, reason: 'too_large', message: 'Not known: \u001b[2Jof r1.' }],
    };
    const lines = packageLines(packages, foldedPackages);
    expect(lines.slice(0, 4)).toEqual([
      'Python packages: 1 added, 1 changed',
      '  fresh  -    ->  1.0',
      '  torch  2.4  ->  2.5',
      'Debian packages: 20 changed',
    ]);
    expect(lines.slice(-2)).toEqual(['  and 5 more: --all lists them', 'Not known: of r1.']);
    expect(packageLines(packages, Number.POSITIVE_INFINITY)).toHaveLength(lines.length + 4);
  });

  it('has nothing to say where nothing differs', () => {
    expect(packageLines({ groups: [], unknown: [] }, foldedPackages)).toEqual([]);
  });

  it('prints names of packages as text', () => {
    const packages = {
      groups: [
        {
          kind: 'python' as const,
          added: 0,
          removed: 0,
          changed: 1,
          differences: [changed('a\u001b]0;x\u0007b\u202e')],
        },
      ],
      unknown: [],
    };
    expect(packageLines(packages, 9)[1]).toBe('  ab<U+202E>  1  ->  2');
  });
});
