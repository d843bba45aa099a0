// npm run link: prints a link that lets the first administrator in, once, within the hour. For whoever closed the terminal on the
// first one, or lost their password and their passkeys.
// npm run link -- ana@example.org   for the person with that address.
import { ensureNode24, ensureNodeModules } from './parts/node-modules.mjs';
import { runMain } from './terminal/step.mjs';

await runMain(async () => {
  await ensureNodeModules();
  await ensureNode24();
  const { link } = await import('./platform/link.mjs');
  await link(process.argv.slice(2));
});
