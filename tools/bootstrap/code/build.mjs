import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';
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
}
