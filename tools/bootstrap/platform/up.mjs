import { existsSync } from 'node:fs';
import { build } from '../code/build.mjs';
import { findProgram } from '../machine/command.mjs';
import { mustHaveSpace } from '../machine/disk.mjs';
import { home, inHome, makeFolder } from '../machine/home.mjs';
import { asRoot } from '../machine/privilege.mjs';
import { endOrphans, recordedProcesses, stopProcess } from '../machine/processes.mjs';
import { ensureBaseImage } from '../parts/base-image.mjs';
import { ensureDockerEngine } from '../parts/docker-engine.mjs';
import { ensureGit } from '../parts/git.mjs';
import { mustBeInstallable } from '../parts/missing.mjs';
import { ensurePostgres } from '../parts/postgres.mjs';
import { ensureRedis } from '../parts/redis.mjs';
import { Problem } from '../terminal/problem.mjs';
import { bold, dim, say, step } from '../terminal/step.mjs';
import { removeContainers } from './containers.mjs';
import { askExample, curlLine, ensureExample, exampleClone } from './example.mjs';
import { beginLink, ensureAdmin, upFile } from './first-admin.mjs';
import {
  controlEnvironment,
  controlProcess,
  ensureInstallation,
  gatewayEnvironment,
  gitFolder,
  keysFile,
  remember,
  urlsOf,
} from './installation.mjs';
import { ensureControlPlane, ensureGateway, graceMs } from './processes.mjs';

/** With the example's image, its layers while it is built, and room for a second one. */
const neededGiB = 6;
const neededAgainGiB = 1;

/** @param {string[]} words of the command line */
export async function up(words) {
  const unknown = words.find((word) => word !== '--no-example' && word !== '--cluster');
  if (unknown)
    throw new Problem(`up does not know "${unknown}".`, [
      'npm run up                    starts everything and deploys the example',
      'npm run up -- --no-example    without the example',
      'npm run up -- --cluster       on a Kubernetes of its own',
    ]);
  const isFirst = !existsSync(upFile);
  makeFolder(home);
  mustHaveSpace(home, isFirst ? 2 : neededAgainGiB, 'Sconce');
  // Before ports are looked at: what a killed supervisor left behind has them still.
  for (const name of recordedProcesses()) await endOrphans(name, (await asRoot()) ?? []);
  const installation = await ensureInstallation();
  await mustBeInstallable(['git', 'docker', 'redis', 'postgres']);
  await ensureGit();
  const engine = await ensureDockerEngine();
  remember(installation, { dockerHost: engine.dockerHost });
  if (existsSync(engine.rootFolder))
    mustHaveSpace(engine.rootFolder, isFirst ? neededGiB : neededAgainGiB, 'Building the first service');
  await build();
  const redisUrl = await ensureRedis();
  const databaseUrl = await ensurePostgres();
  await migrateDatabase(databaseUrl);
  await ensureKeys();
  makeFolder(gitFolder, 0o700);
  const cluster = words.includes('--cluster') || installation.onCluster ? await ensureCluster(installation) : null;
  const env = {
    ...controlEnvironment(installation, { databaseUrl, redisUrl, dockerHost: engine.dockerHost }),
    ...(cluster ?? {}),
  };
  const link = beginLink(env);
  await ensureGateway(gatewayEnvironment(installation));
  await ensureControlPlane(env);
  const urls = urlsOf(installation);
  const admin = await ensureAdmin(env, urls, link);
  const example = words.includes('--no-example')
    ? nothingDeployed
    : await deployExample(installation, urls, admin.token);
  tellWhatToDo(urls, admin.setupUrl, example.isThere, cluster?.SCONCE_KUBECONFIG ?? null);
  // Last, after the addresses: the platform is up all the same.
  if (example.problem) throw example.problem;
}

async function ensureCluster(installation) {
  // Whoever named a cluster once need not name it each time.
  const { givenCluster } = installation;
  if (givenCluster !== null) {
    process.env.KUBECONFIG ??= givenCluster.kubeconfig;
    process.env.SCONCE_CLUSTER_REGISTRY ??= givenCluster.registry;
  }
  // Loaded only here: who needs no cluster needs none of its tools.
  const { ensureLocalCluster } = await import('../../local-cluster/local-cluster.mjs');
  const { clusterIsGiven } = await import('../../local-cluster/given-cluster.mjs');
  const { kubeconfig, registry } = await ensureLocalCluster();
  if (!installation.onCluster) await leaveEngine(installation);
  remember(installation, { onCluster: true, givenCluster: clusterIsGiven() ? { kubeconfig, registry } : null });
  return { SCONCE_KUBECONFIG: kubeconfig, SCONCE_REGISTRY: registry };
}

/** Services that ran in the engine so far are started on the cluster, and must not be there twice. */
async function leaveEngine(installation) {
  await stopProcess(controlProcess, graceMs[controlProcess]);
  await removeContainers(installation.dockerHost, installation.id);
}

const nothingDeployed = { isThere: false, problem: null };

async function deployExample(installation, urls, token) {
  try {
    await ensureBaseImage(installation.dockerHost);
    const { createClient } = await import('@sconce/contract');
    const client = createClient({ baseUrl: urls.apiUrl, token });
    const isThere = await ensureExample(client, installation.exampleWasLive);
    if (isThere) await askExample(client, urls.gatewayUrl, installation.exampleWasLive);
    if (isThere) remember(installation, { exampleWasLive: true });
    return { isThere, problem: null };
  } catch (error) {
    // What the API says is meant for people as well.
    const problem =
      error.name === 'ApiProblem'
        ? new Problem(`The API refused a step of the example: ${error.message}`, error.hint ?? [])
        : error;
    return { isThere: false, problem };
  }
}

async function migrateDatabase(databaseUrl) {
  await step('tables', async () => {
    const { migrate } = await import('@sconce/db');
    const applied = await migrate(databaseUrl);
    return applied.length === 0
      ? 'up to date'
      : `${applied.length} ${applied.length === 1 ? 'migration' : 'migrations'} applied`;
  });
}

/** Keys are made once: without them nothing that was sealed opens again. */
async function ensureKeys() {
  if (process.env.SCONCE_KEYS || process.env.SCONCE_KEYS_FILE || existsSync(keysFile)) return;
  if (existsSync(upFile)) {
    throw new Problem(`${keysFile} is gone. It holds the keys to all secrets of this installation.`, [
      'Put it back from a backup, or start empty: npm run down -- --data, then npm run up',
    ]);
  }
  await step('keys', async () => {
    const { createKeysFile } = await import('@sconce/secrets-local');
    await createKeysFile(keysFile);
    return `made ${keysFile}: keep a copy in a safe place`;
  });
}

function tellWhatToDo(urls, setupUrl, hasExample, kubeConfig) {
  const line = (name, text) => say(`  ${name.padEnd(12)} ${text}`);
  say();
  say(bold('Sconce is up.'));
  line('Open', urls.dashboardUrl);
  line('Sign in', `${setupUrl}  ${dim('(once, within the hour)')}`);
  if (hasExample) {
    line('Try it', curlLine(urls.gatewayUrl));
    if (findProgram('curl') === null) line('', dim('(curl itself is not installed here)'));
    line('Change it', `cd ${exampleClone}, edit, commit, git push`);
  }
  if (kubeConfig !== null) line('Cluster', `KUBECONFIG=${kubeConfig}`);
  line('Scripts', `addresses and a token are in ${upFile}`);
  line('Logs', inHome('logs'));
  line('Stop', 'npm run down');
}
