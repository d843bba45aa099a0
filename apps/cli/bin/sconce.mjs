#!/usr/bin/env node
// Starts the built command. Where the system's Node is older than the one we run on, the one in node_modules takes over.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const ourNode = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));

if (!existsSync(main)) {
  process.stderr.write('sconce is not built yet. Run `npm run build` (or `npm run up`) in its checkout first.\n');
  process.exit(1);
}
if (Number(process.versions.node.split('.')[0]) >= 22) {
  await import(main);
} else if (existsSync(ourNode)) {
  const { status } = spawnSync(ourNode, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(status ?? 1);
} else {
  process.stderr.write(
    `sconce needs Node 22 or later; this is ${process.version}. Run \`npm run up\` in its checkout: it brings its own.\n`,
  );
  process.exit(1);
}
