import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { inHome, inRoot, makeFolder, readJson, root } from '../machine/home.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ project: string, file: string, test: string, message: string }} Failure */

/** @type {Counts} */
export const nothing = { passed: 0, failed: 0, skipped: 0 };

export const add = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/**
 * What one vitest run came to, from its JSON report. A file that could not even be loaded has no tests to count,
 * so it counts as one failure; so does a run that ended badly without naming a failure, or left no report.
 *
 * @param {any} report parsed, or null where there is none
 * @param {number} exitCode
 * @returns {Counts}
 */
export function countTests(report, exitCode) {
  if (report === null) return { ...nothing, failed: 1 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + brokenFiles.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * What failed in one vitest run, from its JSON report: the tests, and the files that could not be loaded.
 *
 * @param {string} project
 * @param {any} report parsed, or null where there is none
 * @returns {Failure[]}
 */
export function failuresOf(project, report) {
  return (report?.testResults ?? []).flatMap((file) => {
    const name = relative(root, file.name ?? '');
    const tests = file.assertionResults.filter((test) => test.status === 'failed');
    if (tests.length === 0 && file.status === 'failed')
      return [{ project, file: name, test: 'could not be run', message: file.message ?? '' }];
    return tests.map((test) => ({
      project,
      file: name,
      test: test.fullName,
      message: test.failureMessages.join('\n'),
    }));
  });
}

/**
 * The failures once more, for those who read the end of a long log: where, which, and the first lines of why.
 * @param {Failure[]} failures
 * @returns {string[]} lines, none where nothing failed
 */
export function failureLines(failures) {
  if (failures.length === 0) return [];
  const shown = failures.slice(0, shownFailures).flatMap(({ project, file, test, message }) => [
    '',
    `  ${project}  ${file}`,
    `    ${test}`,
    ...stripVTControlCharacters(message)
      .split('\n')
      .slice(0, shownLines)
      .map((line) => `      ${line.slice(0, 300)}`),
  ]);
  const more = failures.length - shownFailures;
  return ['', 'failed:', ...shown, ...(more > 0 ? ['', `  and ${more} more: see above`] : []), ''];
}

const shownFailures = 20;
const shownLines = 24;

/**
 * Runs one vitest project and streams what it prints.
 * @param {string} project
 * @param {string[]} filters file filters and further options of vitest
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ counts: Counts, failures: Failure[] }>}
 */
export async function runProject(project, filters, env) {
  const reportPath = inHome('test', `${project}.json`);
  makeFolder(inHome('test'));
  rmSync(reportPath, { force: true });
  const args = [
    'run',
    '--project',
    project,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportPath}`,
  ];
  const exitCode = await stream(inRoot('node_modules', 'vitest', 'vitest.mjs'), [...args, ...filters], env);
  const report = readJson(reportPath);
  return { counts: countTests(report, exitCode), failures: failuresOf(project, report) };
}

function stream(script, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/**
 * Tells projects (`--project flow`, `--project=flow`, more than once), and those to leave out (`--without cluster`), from what goes on to vitest as it is.
 * @param {string[]} words
 */
export function parseTestArguments(words) {
  const lists = { '--project': [], '--without': [] };
  const rest = [];
  for (let index = 0; index < words.length; index += 1) {
    const [option, given] = words[index].split(/=(.*)/s);
    const list = lists[option];
    const value = given ?? words[index + 1];
    if (list === undefined || value === undefined) rest.push(words[index]);
    else {
      list.push(value);
      if (given === undefined) index += 1;
    }
  }
  return { projects: lists['--project'], without: lists['--without'], rest };
}

/** The last line, and the exit code: a run in which nothing passed proves nothing, so it is no success. */
export function summary({ passed, failed, skipped }) {
  return {
    text: `${passed} passed, ${failed} failed, ${skipped} skipped`,
    exitCode: failed === 0 && passed > 0 ? 0 : 1,
  };
}
