import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { home, inHome, readJson } from '../machine/home.mjs';
import { asRoot } from '../machine/privilege.mjs';
import { runningProcess, stopProcess } from '../machine/processes.mjs';
import { answeringEngine, engineProcess } from '../parts/docker-engine.mjs';
import { postgresProcess } from '../parts/postgres.mjs';
import { postgresRecordPath } from '../parts/postgres-programs.mjs';
import { redisProcess } from '../parts/redis.mjs';
import { Problem } from '../terminal/problem.mjs';
import { bold, say, step } from '../terminal/step.mjs';
import { countForeignContainers, removeContainers, removeVolumesAndImages } from './containers.mjs';
import { controlProcess, gatewayProcess, readInstallation } from './installation.mjs';
import { graceMs } from './processes.mjs';

const serverGraceMs = 30_000;

/** @param {string[]} words of the command line */
export async function down(words) {
  const unknown = words.find((word) => word !== '--data');
  if (unknown)
    throw new Problem(`down does not know "${unknown}".`, [
      'npm run down             stops everything and keeps all data',
      'npm run down -- --data   also removes all data',
    ]);
  const withData = words.includes('--data');
  const installation = readInstallation();
  if (installation === null) {
    say('Nothing to stop: Sconce was never up here.');
    return;
  }
  if (withData) await confirm();
  // First what decides, then what serves: the gateway drains while its replicas still stand.
  await stop('control plane', controlProcess, graceMs[controlProcess]);
  await stop('gateway', gatewayProcess, graceMs[gatewayProcess]);
  if (installation.dockerHost) process.env.DOCKER_HOST ??= installation.dockerHost;
  const engine = await answeringEngine().catch(() => null);
  if (installation.onCluster && installation.givenCluster === null) {
    const { stopLocalCluster } = await import('../../local-cluster/local-cluster.mjs');
    await stopLocalCluster();
  }
  if (engine) await stopServices(engine.dockerHost, installation.id, withData);
  await stop('Redis', redisProcess, serverGraceMs);
  await stop('Postgres', postgresProcess, serverGraceMs);
  if (runningProcess(engineProcess)) await stopEngine(engine, installation.id);
  if (withData) removeData();
  say();
  say(
    withData
      ? 'Sconce is down, and its data is gone.'
      : 'Sconce is down. All data is kept: npm run up brings everything back.',
  );
}

const words = { stopped: 'stopped', killed: 'killed: it did not end in time', absent: 'was not running' };

async function stop(label, name, grace) {
  await step(label, async () => words[await stopProcess(name, grace, (await asRoot()) ?? [])]);
}

async function stopServices(dockerHost, installation, withData) {
  await step('services', async () => {
    const count = await removeContainers(dockerHost, installation);
    // Its table names replicas that are gone now; another container may get their address.
    rmSync(inHome('gateway', 'table.json'), { force: true });
    if (!withData) return `${count} ${count === 1 ? 'replica' : 'replicas'} stopped`;
    const { volumes, images } = await removeVolumesAndImages(dockerHost, installation);
    return `removed, replicas: ${count}, volumes: ${volumes}, images: ${images}`;
  });
}

/** An engine that we started may have become somebody else's as well. */
async function stopEngine(engine, installation) {
  await step('Docker Engine', async () => {
    const foreign = engine ? await countForeignContainers(engine.dockerHost, installation) : 0;
    if (foreign > 0) return `left running: ${foreign} containers in it are not ours`;
    return words[await stopProcess(engineProcess, serverGraceMs, (await asRoot()) ?? [])];
  });
}

async function confirm() {
  say(bold('This removes every project, release, secret, log and repository of this installation, for good.'));
  say(`They are in ${home}${postgresFolder() ? ` and ${postgresFolder()}` : ''}.`);
  if (!process.stdin.isTTY) {
    if (process.env.SCONCE_CONFIRM === 'remove all data') return;
    throw new Problem(
      'Removing data asks for a confirmation, and this is no terminal.',
      "Give it beforehand: SCONCE_CONFIRM='remove all data' npm run down -- --data",
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Type "remove all data" to go on: ');
  terminal.close();
  if (answer.trim() !== 'remove all data') throw new Problem('Nothing was stopped or removed.');
}

/** Where the database lies when that is outside of the home (see parts/postgres.mjs). */
function postgresFolder() {
  const folder = readJson(postgresRecordPath)?.folder;
  return folder && !folder.startsWith(home) ? dirname(folder) : null;
}

function removeData() {
  const outside = postgresFolder();
  if (outside && existsSync(outside)) rmSync(outside, { recursive: true, force: true });
  for (const name of [
    'data',
    'gateway',
    'logs',
    'examples',
    'installation.json',
    'keys.json',
    'postgres.json',
    'redis.json',
    'up.json',
  ]) {
    rmSync(inHome(name), { recursive: true, force: true });
  }
}
