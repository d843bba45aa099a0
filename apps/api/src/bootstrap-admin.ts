import { openDatabase } from '@sconce/db';
import { bootstrapAdmin, type Deps, makeAdminLink, makeSignInLinkFor } from '@sconce/engine';
import { createLog, systemClock } from '@sconce/foundation';
import { loadConfig } from './config.ts';

/**
 * Prints one line of JSON: a one-time link for the first administrator, and a token for scripts. Run by `up`, once the tables stand.
 * With `--link` only the link, where the token of an earlier run still works: each token is one more that could be lost. With `--link <address>`
 * a link for that person, or null.
 */
const config = loadConfig();
const db = openDatabase({ url: config.databaseUrl, maxConnections: 2 });
try {
  const deps = { db, clock: systemClock, log: createLog('bootstrap-admin', 'error') };
  const { code, token } = await make(deps, process.argv.slice(2));
  const setupUrl = code === null ? null : `${config.dashboardUrl}/setup/${code}`;
  process.stdout.write(`${JSON.stringify({ setupUrl, token })}\n`);
} finally {
  await db.close();
}

async function make(
  deps: Deps,
  [option, email]: readonly string[],
): Promise<{ code: string | null; token: string | null }> {
  if (option === '--link' && email !== undefined) return { code: await makeSignInLinkFor(deps, email), token: null };
  const link = option === '--link' ? await makeAdminLink(deps) : null;
  if (link !== null) return { code: link, token: null };
  const { setupCode, token } = await bootstrapAdmin(deps, { email: 'admin@localhost', name: 'Administrator' });
  return { code: setupCode, token };
}
