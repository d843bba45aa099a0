import { run } from '../machine/command.mjs';
import { inRoot, root } from '../machine/home.mjs';
import { dim, red, say, seconds } from '../terminal/step.mjs';
import { bundleCommandLine } from './command-line.mjs';
import { bundleDashboard } from './dashboard.mjs';
import { compile, compileTests, countErrors, generateDatabaseClient } from './typescript.mjs';

/**
 * Types of sources and tests, the bundles of dashboard and command line, then lint and format. Prints what is wrong, answers how many things are.
 * @returns {Promise<number>}
 */
export async function runStaticChecks() {
  const lint = timed(lintErrors);
  await generateDatabaseClient();
  const types = await timed(typeErrors);
  report('types', types, countErrors(types.lines));
  // What does not compile need not be bundled.
  const compiles = types.lines.length === 0;
  const dashboard = compiles ? await timed(bundleDashboard) : { lines: [], ms: 0 };
  report('dashboard', dashboard, 1);
  const commandLine = compiles ? await timed(bundleCommandLine) : { lines: [], ms: 0 };
  report('command line', commandLine, 1);
  const linted = await lint;
  report('lint', linted, linted.lines.length > 0 ? lintCount(linted.lines) : 0);
  const bundleErrors = [dashboard, commandLine].filter(({ lines }) => lines.length > 0).length;
  return countErrors(types.lines) + bundleErrors + (linted.lines.length > 0 ? lintCount(linted.lines) : 0);
}

async function typeErrors() {
  const errors = await compile();
  // Tests import the packages' declarations, so where those are missing every test would only repeat the same errors.
  return errors.length > 0 ? errors : compileTests();
}

async function lintErrors() {
  const result = await run(
    inRoot('node_modules', '.bin', 'biome'),
    ['check', '--diagnostic-level=error', '--max-diagnostics=40', '.'],
    { cwd: root },
  );
  return result.code === 0 ? [] : `${result.stdout}\n${result.stderr}`.split('\n');
}

/** Biome ends with "Found 3 errors."; where it could not even start there is one thing wrong. */
export function lintCount(lines) {
  const found = lines.map((line) => /^Found (\d+) errors?\.?$/.exec(line.trim())).find((match) => match !== null);
  return found ? Number(found[1]) : 1;
}

async function timed(work) {
  const startedAt = Date.now();
  const lines = await work();
  return { lines, ms: Date.now() - startedAt };
}

function report(name, { lines, ms }, count) {
  if (lines.length === 0) return say(`  ok ${name.padEnd(18)} ${dim(seconds(ms))}`);
  for (const line of lines.slice(0, 400)) say(line);
  say(red(`  ${name}: ${count} ${count === 1 ? 'error' : 'errors'}`));
}
