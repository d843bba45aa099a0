import { openDatabase } from '@sconce/db';
import { bootstrapAdmin } from '@sconce/engine';
import { createLog, systemClock } from '@sconce/foundation';
import { loadConfig } from './config.ts';

/** Prints one line of JSON: a one-time link for the first administrator, and a token for scripts. Run by `up`, once the tables stand. */
const config = loadConfig();
const db = openDatabase({ url: config.databaseUrl, maxConnections: 2 });
try {
  const deps = { db, clock: systemClock, log: createLog('bootstrap-admin', 'error') };
  const { setupCode, token } = await bootstrapAdmin(deps, { email: 'admin@localhost', name: 'Administrator' });
  process.stdout.write(`${JSON.stringify({ setupUrl: `${config.publicUrl}/setup/${setupCode}`, token })}\n`);
} finally {
  await db.close();
}
