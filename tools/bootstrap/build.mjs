// npm run build: the database client's code, then all packages that changed.

import { build } from './code/build.mjs';
import { ensureNode24, ensureNodeModules } from './parts/node-modules.mjs';
import { runMain } from './terminal/step.mjs';

await runMain(async () => {
  await ensureNodeModules();
  await ensureNode24();
  await build();
});
