import { fileURLToPath } from 'node:url';

/** The checkout this command was installed from. */
const root = fileURLToPath(new URL('../../../../', import.meta.url));

export const installationFiles = {
  upFile: `${root}.sconce/up.json`,
  up: `${root}tools/bootstrap/up.mjs`,
  down: `${root}tools/bootstrap/down.mjs`,
} as const;
