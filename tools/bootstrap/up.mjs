// npm run up: from a bare clone to a running service. Installs what is missing, builds, starts everything in the background, and
// pushes the example. Typed again, it starts what does not run.
// npm run up -- --no-example   leaves the example out.
// npm run up -- --cluster      runs services on a Kubernetes of this machine's own; it stays so until npm run down -- --data.
import { ensureNode24, ensureNodeModules } from './parts/node-modules.mjs';
import { runMain } from './terminal/step.mjs';

await runMain(async () => {
  await ensureNodeModules();
  await ensureNode24();
  // Loaded only now: it uses packages, and a newer Node than the one that may have begun.
  const { withLock } = await import('./machine/lock.mjs');
  const { up } = await import('./platform/up.mjs');
  await withLock(() => up(process.argv.slice(2)));
});
