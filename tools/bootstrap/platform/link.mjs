import { runningDatabaseUrl } from '../parts/postgres.mjs';
import { Problem } from '../terminal/problem.mjs';
import { dim, say } from '../terminal/step.mjs';
import { makeLink } from './first-admin.mjs';
import { controlEnvironment, readInstallation } from './installation.mjs';

/** @param {string[]} words of the command line */
export async function link(words) {
  const [email = null, ...more] = words;
  if (more.length > 0 || email?.startsWith('-'))
    throw new Problem('link takes one e-mail address, or none.', [
      'npm run link                       lets the first administrator in',
      'npm run link -- ana@example.org    lets the person with that address in',
    ]);
  const installation = readInstallation();
  if (installation === null) throw new Problem('Sconce was never up here.', 'npm run up starts it.');
  // The engine and the queue are not asked anything.
  const parts = { databaseUrl: runningDatabaseUrl(), redisUrl: '', dockerHost: '' };
  const url = await makeLink(controlEnvironment(installation, parts), email);
  if (url === null)
    throw new Problem(
      'Nobody here has that address.',
      'An administrator invites people: POST /v1/users, or the dashboard.',
    );
  say(url);
  say(dim('It lets in once, within the hour.'));
}
