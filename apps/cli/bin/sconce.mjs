#!/usr/bin/env node
// Starts the command: in a checkout what was compiled there, in an installed package what was bundled into it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/main.js', import.meta.url);
const bundled = new URL('../bundle/main.js', import.meta.url);
const main = [compiled, bundled].find((url) => existsSync(fileURLToPath(url)));

if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write(`sconce needs Node 20 or later; this is ${process.version}.\n`);
  process.exit(1);
}
if (!main) {
  process.stderr.write('sconce is not built yet. Run `npm run build` (or `npm run up`) in its checkout first.\n');
  process.exit(1);
}
await import(main.href);
