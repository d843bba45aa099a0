import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, run } from '../machine/command.mjs';
import { inHome, inRoot, readJson, writeJson } from '../machine/home.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';
import { apiAddress } from './processes.mjs';

export const upFile = inHome('up.json');

/**
 * Makes the first admin where there is none, and a token for scripts where the one in up.json does not work (any more).
 * @param {NodeJS.ProcessEnv} env the control plane's
 * @param {{ apiUrl: string, gatewayUrl: string, dashboardUrl: string, gitUrl: string }} urls
 * @returns {Promise<{ token: string, setupUrl: string | null }>} `setupUrl`: lets the first admin in, once
 */
export async function ensureAdmin(env, urls) {
  const before = readJson(upFile);
  let admin = { token: before?.token ?? '', setupUrl: null };
  await step('admin', async () => {
    if (admin.token && (await works(env, admin.token))) return 'token in up.json works';
    admin = await make(env);
    return 'made the first admin, and a token for scripts';
  });
  writeJson(upFile, { ...urls, token: admin.token });
  return admin;
}

async function works(env, token) {
  const answer = await fetch(`${apiAddress(env)}/v1/me`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  return answer.ok;
}

async function make(env) {
  const script = join(inRoot('apps', 'api', 'dist'), 'bootstrap-admin.js');
  if (!existsSync(script)) throw new Problem(`${script} is missing.`, 'Run npm run build and look at what it says.');
  const { code, stdout, stderr } = await run(process.execPath, [script], { env, cwd: inRoot(), timeoutMs: 60_000 });
  try {
    const { token, setupUrl } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    if (code === 0 && token) return { token, setupUrl: setupUrl ?? null };
  } catch {
    // Told below, with what it printed.
  }
  throw new Problem('The first admin could not be made.', [], lastLines(`${stdout}\n${stderr}`, 12));
}
