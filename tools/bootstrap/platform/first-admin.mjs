import { lastLines, run } from '../machine/command.mjs';
import { inHome, inRoot, readJson, writeJson } from '../machine/home.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';
import { apiAddress } from './processes.mjs';

export const upFile = inHome('up.json');

/**
 * Begins to make another link for the admin of an earlier run; needs the tables and nothing else, so it can run while the rest
 * starts. Null where this is the first run, or it did not work: then `ensureAdmin` finds out why.
 * @param {NodeJS.ProcessEnv} env the control plane's
 */
export async function beginLink(env) {
  return readJson(upFile)?.token ? make(env, ['--link']).catch(() => null) : null;
}

/**
 * Makes the first admin where there is none, and a token for scripts where the one in up.json does not work (any more). There is a
 * link that lets the admin in each time: the one before may have been lost, and lasts an hour.
 * @param {NodeJS.ProcessEnv} env the control plane's
 * @param {{ apiUrl: string, gatewayUrl: string, dashboardUrl: string, gitUrl: string }} urls
 * @param {ReturnType<typeof beginLink>} link
 * @returns {Promise<{ token: string, setupUrl: string }>}
 */
export async function ensureAdmin(env, urls, link) {
  const before = readJson(upFile)?.token;
  let admin = { token: '', setupUrl: '' };
  await step('admin', async () => {
    const tokenWorks = Boolean(before) && (await works(env, before));
    const made = (tokenWorks && (await link)) || (await make(env, tokenWorks ? ['--link'] : []));
    admin = { token: made.token ?? before, setupUrl: made.setupUrl };
    return made.token ? 'made a token for scripts' : 'the token in up.json works';
  });
  writeJson(upFile, { ...urls, token: admin.token });
  return admin;
}

async function works(env, token) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${apiAddress(env)}/v1/me`, { headers, signal: AbortSignal.timeout(10_000) });
  return answer.ok;
}

/**
 * Another link for whoever works on this machine: for the first admin, or for the person with an address.
 * @param {NodeJS.ProcessEnv} env with the database
 * @param {string | null} email
 * @returns {Promise<string | null>} null: nobody has that address
 */
export async function makeLink(env, email) {
  return (await make(env, email === null ? ['--link'] : ['--link', email])).setupUrl;
}

async function make(env, args) {
  const script = inRoot('apps', 'api', 'dist', 'bootstrap-admin.js');
  const { code, stdout, stderr } = await run(process.execPath, [script, ...args], {
    env,
    cwd: inRoot(),
    timeoutMs: 60_000,
  });
  try {
    const { token, setupUrl } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    if (code === 0 && setupUrl !== undefined) return { token, setupUrl };
  } catch {
    // Told below, with what it printed.
  }
  throw new Problem('No sign-in link could be made.', [], lastLines(`${stdout}\n${stderr}`, 12));
}
