import { describe, expect, it } from 'vitest';
import { inRoot } from '../machine/home.mjs';
import { majorVersion } from '../parts/postgres-programs.mjs';
import { lintCount } from './static-checks.mjs';
import { countErrors } from './typescript.mjs';
import { add, countTests, failureLines, failuresOf, nothing, parseTestArguments, summary } from './vitest.mjs';

const report = (numbers, files = []) => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  ...numbers,
  testResults: files,
});

describe('countTests', () => {
  it('adds up passed, failed and all kinds of skipped', () => {
    expect(
      countTests(report({ numPassedTests: 5, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }), 1),
    ).toEqual({ passed: 5, failed: 2, skipped: 2 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const files = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
    ];
    expect(countTests(report({ numPassedTests: 3, numFailedTests: 1 }, files), 1)).toEqual({
      passed: 3,
      failed: 2,
      skipped: 0,
    });
  });

  it('counts a run that ended badly as a failure, also without a report', () => {
    expect(countTests(report({ numPassedTests: 3 }), 1).failed).toBe(1);
    expect(countTests(null, 0).failed).toBe(1);
  });
});

describe('what failed', () => {
  const failed = (fullName, message) => ({ status: 'failed', fullName, failureMessages: [message] });

  it('is named by project, file and test, and files that could not be run are named too', () => {
    const files = [
      { name: inRoot('libs/a.test.ts'), status: 'failed', assertionResults: [failed('a does b', 'expected 1')] },
      { name: inRoot('libs/c.test.ts'), status: 'failed', message: 'no such module', assertionResults: [] },
      { name: inRoot('libs/d.test.ts'), status: 'passed', assertionResults: [{ status: 'passed' }] },
    ];
    expect(failuresOf('unit', report({}, files))).toEqual([
      { project: 'unit', file: 'libs/a.test.ts', test: 'a does b', message: 'expected 1' },
      { project: 'unit', file: 'libs/c.test.ts', test: 'could not be run', message: 'no such module' },
    ]);
    expect(failuresOf('unit', null)).toEqual([]);
  });

  it('is said again in few lines, without colours, and nothing where nothing failed', () => {
    const long = Array.from({ length: 90 }, (_, index) => `\x1b[31mline ${index}\x1b[0m`).join('\n');
    const one = { project: 'e2e', file: 'tests/e2e/x.test.ts', test: 'x opens', message: long };
    const lines = failureLines([one]);
    expect(lines).toContain('  e2e  tests/e2e/x.test.ts');
    expect(lines).toContain('      line 0');
    expect(lines.length).toBeLessThan(32);
    expect(failureLines(Array.from({ length: 25 }, () => one))).toContain('  and 5 more: see above');
    expect(failureLines([])).toEqual([]);
  });
});

describe('summary', () => {
  it('is one line over all projects, and only a run with passes and without failures is a success', () => {
    const counts = add({ passed: 3, failed: 0, skipped: 1 }, { passed: 4, failed: 0, skipped: 0 });
    expect(summary(counts)).toEqual({ text: '7 passed, 0 failed, 1 skipped', exitCode: 0 });
    expect(summary(add(counts, { ...nothing, failed: 1 })).exitCode).toBe(1);
    expect(summary(nothing).exitCode).toBe(1);
  });
});

describe('parseTestArguments', () => {
  it('takes the projects out and hands the rest on in order', () => {
    const words = ['--project', 'flow', '-t', 'rolls back', '--project=e2e', 'tests/flow/x.test.ts'];
    expect(parseTestArguments(words)).toEqual({
      projects: ['flow', 'e2e'],
      without: [],
      rest: ['-t', 'rolls back', 'tests/flow/x.test.ts'],
    });
    expect(parseTestArguments([])).toEqual({ projects: [], without: [], rest: [] });
    expect(parseTestArguments(['--without', 'cluster', '--reporter=dot'])).toEqual({
      projects: [],
      without: ['cluster'],
      rest: ['--reporter=dot'],
    });
  });
});

describe('errors of the tools', () => {
  it('are counted from what they print', () => {
    expect(countErrors(['a.ts(1,2): error TS2345: no', '  because of this', 'b.ts(3,4): error TS1: no'])).toBe(2);
    expect(countErrors(['tsc ended with code 134'])).toBe(1);
    expect(countErrors([])).toBe(0);
    expect(lintCount(['...', 'Checked 3 files.', 'Found 41 errors.'])).toBe(41);
    expect(lintCount(['Found 1 error.'])).toBe(1);
    expect(lintCount(['biome: no such file'])).toBe(1);
  });
});

describe('majorVersion', () => {
  it('reads what postgres says of itself', () => {
    expect(majorVersion('postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)')).toBe(15);
    expect(majorVersion('postgres (PostgreSQL) 18beta1')).toBe(18);
    expect(majorVersion('nothing')).toBeNull();
  });
});
