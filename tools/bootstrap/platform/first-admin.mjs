import { lastLines, run } from '../machine/command.mjs';
import { inHome, inRoot, readJson, writeJson } from '../machine/home.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';
import { apiAddress } from './processes.mjs';

export const upFile = inHome('up.json');

/**
 * Makes the first admin where there is none, a token for scripts where the one in up.json does not work (any more), and each time
 * a link that lets the admin in: the one before may have been lost, and lasts an hour.
 * @param {NodeJS.ProcessEnv} env the control plane's
 * @param {{ apiUrl: string, gatewayUrl: string, dashboardUrl: string, gitUrl: string }} urls
 * @returns {Promise<{ token: string, setupUrl: string }>}
 */
export async function ensureAdmin(env, urls) {
  const before = readJson(upFile)?.token;
  let admin = { token: '', setupUrl: '' };
  await step('admin', async () => {
    const tokenWorks = Boolean(before) && (await works(env, before));
    const made = await make(env, tokenWorks ? ['--link'] : []);
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

async function make(env, args) {
  const script = inRoot('apps', 'api', 'dist', 'bootstrap-admin.js');
  const { code, stdout, stderr } = await run(process.execPath, [script, ...args], {
    env,
    cwd: inRoot(),
    timeoutMs: 60_000,
  });
  try {
    const { token, setupUrl } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    if (code === 0 && setupUrl) return { token, setupUrl };
  } catch {
    // Told below, with what it printed.
  }
  throw new Problem('The first admin could not be made.', [], lastLines(`${stdout}\n${stderr}`, 12));
}
