import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';
import { bundleCommandLine } from './command-line.mjs';
import { bundleDashboard } from './dashboard.mjs';
import { compile, countErrors, generateDatabaseClient } from './typescript.mjs';

/** Everything between npm packages and something that runs. Does only what changed. */
export async function build() {
  await step('database client', generateDatabaseClient);
  await step('build', async (progress) => {
    progress.note = 'tsc -b';
    const errors = await compile();
    if (errors.length > 0)
      throw new Problem(
        `The build has ${countErrors(errors)} type ${countErrors(errors) === 1 ? 'error' : 'errors'}.`,
        [],
        errors.slice(0, 30),
      );
  });
  await step('dashboard', async (progress) => {
    progress.note = 'vite build';
    const wrong = await bundleDashboard();
    if (wrong.length > 0) throw new Problem('The dashboard could not be bundled.', [], wrong);
  });
  await step('command line', async (progress) => {
    progress.note = 'vite build';
    const wrong = await bundleCommandLine();
    if (wrong.length > 0) throw new Problem('The command line could not be bundled.', [], wrong);
  });
}
