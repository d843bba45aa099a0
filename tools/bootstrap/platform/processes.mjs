import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inHome, inRoot } from '../machine/home.mjs';
import { keepsEnding, logTail, runningProcess, startProcess, stopProcess } from '../machine/processes.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';
import { buildStamp } from './build-stamp.mjs';
import { controlProcess, gatewayProcess } from './installation.mjs';

/** Longer than a process takes to hand back what it holds; then it is killed, and what it held is taken up again by its leases. */
export const graceMs = { [controlProcess]: 30_000, [gatewayProcess]: 45_000 };

/** Heaps stay small where nothing asks for more: an idle platform should not be noticed. */
const nodeOptions = ['--max-semi-space-size=2', '--expose-gc', '--disable-warning=ExperimentalWarning'];

/** @param {NodeJS.ProcessEnv} env */
export const ensureGateway = (env) =>
  ensureRunning({
    name: gatewayProcess,
    label: 'gateway',
    packageName: '@sconce/gateway',
    script: inRoot('apps', 'gateway', 'dist', 'main.js'),
    env,
    readyUrl: `http://127.0.0.1:${env.SCONCE_GATEWAY_ADMIN_PORT}/healthz`,
  });

/** @param {NodeJS.ProcessEnv} env */
export const ensureControlPlane = (env) =>
  ensureRunning({
    name: controlProcess,
    label: 'control plane',
    packageName: '@sconce/all-in-one',
    script: inRoot('apps', 'all-in-one', 'dist', 'main.js'),
    env,
    readyUrl: `${apiAddress(env)}/readyz`,
  });

export const apiAddress = (env) =>
  `http://${env.SCONCE_API_HOST === '0.0.0.0' ? '127.0.0.1' : env.SCONCE_API_HOST}:${env.SCONCE_API_PORT}`;

/** Starts what does not run, starts again what runs with other code or settings, and waits until it is ready. */
async function ensureRunning({ name, label, packageName, script, env, readyUrl }) {
  await step(label, async (progress) => {
    const fingerprint = createHash('sha256')
      .update(buildStamp(packageName))
      .update(JSON.stringify(settingsOf(env)))
      .digest('hex');
    const running = runningProcess(name);
    if (running?.fingerprint === fingerprint) {
      await waitUntilReady(name, label, readyUrl);
      return 'running';
    }
    if (running) {
      progress.doing('starting again with what changed');
      await stopProcess(name, graceMs[name]);
    }
    await startProcess(name, { command: [process.execPath, ...nodeOptions, script], env, cwd: inRoot(), fingerprint });
    await waitUntilReady(name, label, readyUrl);
    return running ? 'started again' : 'started';
  });
}

/** What another value of changes how a process works; PATH differs by how `up` was called, and nothing else by it. */
const settingsOf = (env) =>
  Object.entries(env)
    .filter(([name]) => name !== 'PATH')
    .sort();

async function waitUntilReady(name, label, url, withinMs = 60_000) {
  const deadline = Date.now() + withinMs;
  let last = 'no answer yet';
  while (Date.now() < deadline) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) }).catch((error) => error.cause ?? error);
    if (answer instanceof Error) last = 'code' in answer ? String(answer.code) : answer.message;
    else if (answer.ok) return;
    else last = `${answer.status}: ${(await answer.text()).slice(0, 300)}`;
    if (keepsEnding(name)) break;
    await sleep(50);
  }
  throw new Problem(
    `The ${label} does not get ready (${url}: ${last}). The last lines of its log:`,
    [
      `The whole log: ${inHome('logs', `${name}.log`)}`,
      'Run npm run up again once it is mended; npm run down stops everything.',
    ],
    logTail(name),
  );
}
