// npm run check: types, lint and unit tests. Needs nothing but Node, npm and git, which some of them work with.

import { runStaticChecks } from './code/static-checks.mjs';
import { failureLines, runProject } from './code/vitest.mjs';
import { ensureGit } from './parts/git.mjs';
import { ensureNode24, ensureNodeModules } from './parts/node-modules.mjs';
import { runMain, say, seconds } from './terminal/step.mjs';

await runMain(async () => {
  const startedAt = Date.now();
  await ensureNodeModules();
  await ensureNode24();
  await ensureGit();
  const errors = await runStaticChecks();
  const { counts, failures } = await runProject('unit', process.argv.slice(2), process.env);
  for (const line of failureLines(failures)) say(line);
  say(
    `${errors} type and lint errors, ${counts.passed} tests passed, ${counts.failed} failed, in ${seconds(Date.now() - startedAt)}`,
  );
  return errors + counts.failed === 0 ? 0 : 1;
});
