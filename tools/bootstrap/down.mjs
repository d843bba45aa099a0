// npm run down: stops what npm run up started, and nothing else. All data stays; npm run up brings everything back.
// npm run down -- --data   also removes all data of this installation, after asking.

import { withLock } from './machine/lock.mjs';
import { down } from './platform/down.mjs';
import { runMain } from './terminal/step.mjs';

await runMain(() => withLock(() => down(process.argv.slice(2))));
