import { openDatabase } from '@sconce/db';
import { bootstrapAdmin, makeAdminLink } from '@sconce/engine';
import { createLog, systemClock } from '@sconce/foundation';
import { loadConfig } from './config.ts';

/**
 * Prints one line of JSON: a one-time link for the first administrator, and a token for scripts. Run by `up`, once the tables stand.
 * With `--link` only the link, where the token of an earlier run still works: each token is one more that could be lost.
 */
const config = loadConfig();
const db = openDatabase({ url: config.databaseUrl, maxConnections: 2 });
try {
  const deps = { db, clock: systemClock, log: createLog('bootstrap-admin', 'error') };
  const link = process.argv.includes('--link') ? await makeAdminLink(deps) : null;
  const made =
    link === null
      ? await bootstrapAdmin(deps, { email: 'admin@localhost', name: 'Administrator' })
      : { setupCode: link, token: null };
  process.stdout.write(
    `${JSON.stringify({ setupUrl: `${config.publicUrl}/setup/${made.setupCode}`, token: made.token })}\n`,
  );
} finally {
  await db.close();
}
