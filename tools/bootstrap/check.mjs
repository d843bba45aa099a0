// npm run check: types, lint and unit tests. Needs nothing but Node and npm.

import { runStaticChecks } from './code/static-checks.mjs';
import { runProject } from './code/vitest.mjs';
import { ensureNode24, ensureNodeModules } from './parts/node-modules.mjs';
import { runMain, say, seconds } from './terminal/step.mjs';

await runMain(async () => {
  const startedAt = Date.now();
  await ensureNodeModules();
  await ensureNode24();
  const errors = await runStaticChecks();
  const counts = await runProject('unit', process.argv.slice(2), process.env);
  say(
    `${errors} type and lint errors, ${counts.passed} tests passed, ${counts.failed} failed, in ${seconds(Date.now() - startedAt)}`,
  );
  return errors + counts.failed === 0 ? 0 : 1;
});
