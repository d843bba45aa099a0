import { existsSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, run } from '../machine/command.mjs';
import { callDocker, dockerHosts } from '../machine/docker-api.mjs';
import { inHome, makeFolder } from '../machine/home.mjs';
import { aptHas, installThing, packageManager } from '../machine/packages.mjs';
import { asRoot, isRoot, runAsRoot } from '../machine/privilege.mjs';
import { logTail, startProcess, stopProcess } from '../machine/processes.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';

/** Docker Engine 20.10, the oldest we know to work. */
const oldestApi = 1.41;
export const engineProcess = 'docker-engine';
const usualSocket = 'unix:///var/run/docker.sock';
const instead = 'point DOCKER_HOST to an engine that runs.';

/**
 * A Docker Engine that answers: the one that is given, else the one that runs, else one that is installed and started here.
 * Sets DOCKER_HOST for everything after it.
 * @returns {Promise<{ dockerHost: string, rootFolder: string }>}
 */
export async function ensureDockerEngine() {
  let engine = null;
  await step('Docker Engine', async (progress) => {
    engine = (await answeringEngine()) ?? (await startEngine(progress));
    await ensureClient(progress);
    return `${engine.version} at ${engine.dockerHost}`;
  });
  process.env.DOCKER_HOST = engine.dockerHost;
  return engine;
}

/** @returns {Promise<{ dockerHost: string, version: string, rootFolder: string } | null>} */
export async function answeringEngine() {
  const refusals = [];
  for (const dockerHost of dockerHosts()) {
    try {
      const version = JSON.parse((await callDocker(dockerHost, 'GET', '/version')).body);
      if (Number(version.ApiVersion) < oldestApi) {
        throw new Problem(`The Docker Engine at ${dockerHost} is ${version.Version}; Sconce needs 20.10 or later.`, [
          'Update it, or point DOCKER_HOST to a newer one.',
        ]);
      }
      const info = JSON.parse((await callDocker(dockerHost, 'GET', '/info', { timeoutMs: 20_000 })).body);
      return { dockerHost, version: version.Version, rootFolder: info.DockerRootDir ?? '/' };
    } catch (error) {
      if (error instanceof Problem) throw error;
      refusals.push({ dockerHost, error });
    }
  }
  const forbidden = refusals.find(({ error }) => error.code === 'EACCES');
  if (forbidden) {
    await goOnInGroupOf(forbidden.dockerHost);
    throw notAllowed(forbidden.dockerHost);
  }
  if (process.env.DOCKER_HOST) {
    throw new Problem(
      `DOCKER_HOST is ${process.env.DOCKER_HOST}, but no engine answers there: ${refusals[0]?.error.message}.`,
      ['Start it, or unset DOCKER_HOST to let Sconce start one.'],
    );
  }
  return null;
}

function notAllowed(dockerHost) {
  const user = userInfo().username;
  return new Problem(`A Docker Engine runs at ${dockerHost}, but ${user} may not use it.`, [
    `Allow it (this gives ${user} the powers of root on this machine): sudo usermod -aG docker ${user}`,
    'Then log in again, or go on in this terminal with: newgrp docker',
  ]);
}

/**
 * A user who was added to the engine's group has it only from the next login on. Goes on in a process that has it at once:
 * same script, same arguments. Comes back where the user is no member.
 */
async function goOnInGroupOf(dockerHost) {
  if (process.env.SCONCE_REGROUPED === '1' || !dockerHost.startsWith('unix://')) return;
  const { gid } = statSync(dockerHost.slice('unix://'.length));
  const user = userInfo().username;
  const [{ stdout: ids }, { stdout: names }] = [
    await run('id', ['-G', user]),
    await run('getent', ['group', String(gid)]),
  ];
  const group = names.split(':')[0];
  if (!ids.trim().split(/\s+/).includes(String(gid)) || !group || findProgram('sg') === null) return;
  const words = [process.execPath, ...process.argv.slice(1)].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const env = { ...process.env, SCONCE_REGROUPED: '1' };
  const result = await run('sg', [group, '-c', `exec ${words.join(' ')}`], {
    env,
    inherit: true,
    timeoutMs: 2 ** 31 - 1,
  });
  process.exit(result.code);
}

async function startEngine(progress) {
  if (process.platform !== 'linux') {
    throw new Problem('No Docker Engine answers here.', [
      'Start Docker Desktop or Colima and run this again, or point DOCKER_HOST to an engine.',
    ]);
  }
  let installedByUs = false;
  if (findProgram('dockerd') === null) {
    progress.doing('installing docker.io with apt: it builds and runs the services that you push');
    await installThing('docker', instead, { packages: await aptPackages() });
    installedByUs = true;
  }
  progress.doing('starting the engine');
  const root = await asRoot();
  if (root === null) {
    throw new Problem(
      'Docker Engine is installed but does not run, and starting it needs root: this user is not root and sudo does not work here.',
      ['Start it: sudo systemctl start docker', `Or ${instead}`],
    );
  }
  if (!existsSync('/run/systemd/system')) await startOurselves(root);
  else await startWithSystemd(installedByUs, progress);
  return waitForEngine();
}

/** Newer releases of Debian and Ubuntu keep the client and BuildKit's plugin in packages of their own. */
async function aptPackages() {
  const extra = packageManager() === 'apt' ? ['docker-cli', 'docker-buildx'] : [];
  const known = await Promise.all(extra.map(aptHas));
  return ['docker.io', 'iptables', ...extra.filter((_, index) => known[index])];
}

async function startWithSystemd(installedByUs, progress) {
  if (installedByUs && !isRoot) {
    const user = userInfo().username;
    progress.doing(`adding ${user} to the group docker, which gives it the powers of root on this machine`);
    await runAsRoot('usermod', ['-aG', 'docker', user]);
  }
  if (installedByUs && !existsSync('/etc/docker/daemon.json')) {
    // Services go on answering while the engine itself restarts.
    await runAsRoot('mkdir', ['-p', '/etc/docker']);
    await runAsRoot('tee', ['/etc/docker/daemon.json'], { input: '{ "live-restore": true }\n' });
    await runAsRoot('systemctl', ['restart', 'docker'], { timeoutMs: 60_000 });
  }
  const started = await runAsRoot('systemctl', ['enable', '--now', 'docker'], { timeoutMs: 60_000 });
  if (started?.code === 0) return;
  const { stdout } = await run('journalctl', ['-u', 'docker', '-n', '12', '--no-pager', '-o', 'cat'], {
    timeoutMs: 10_000,
  });
  throw new Problem(
    'systemd could not start Docker Engine.',
    ['The whole log: journalctl -u docker'],
    stdout.split('\n').slice(-12),
  );
}

async function startOurselves(root) {
  makeFolder(inHome('run'));
  // live-restore: services go on answering while the engine itself restarts.
  const command = [
    findProgram('dockerd'),
    '--live-restore',
    '-H',
    usualSocket,
    '--pidfile',
    inHome('run', 'dockerd.pid'),
  ];
  const group = process.getgid?.() === 0 ? [] : ['--group', String(process.getgid?.())];
  await startProcess(engineProcess, { command: [...command, ...group], asRoot: root, fingerprint: 'dockerd' });
}

/** The first attempt may meet what an engine that was killed left behind. */
const attemptsWorthWaiting = 2;

async function waitForEngine() {
  const deadline = Date.now() + 40_000;
  while (Date.now() < deadline) {
    const engine = await answeringEngine().catch((error) => {
      if (existsSync('/run/systemd/system') || !/may not use/.test(error.message)) throw error;
      return null;
    });
    if (engine) return engine;
    if (logTail(engineProcess, 400).filter((line) => line.startsWith('failed to start')).length > attemptsWorthWaiting)
      break;
    await sleep(150);
  }
  const tail = logTail(engineProcess, 200)
    .filter((line) => /^failed to start|level=(error|fatal)/.test(line))
    .slice(-6);
  await stopProcess(engineProcess, 5_000, (await asRoot()) ?? []);
  throw new Problem(
    'Docker Engine was started but does not answer.',
    [
      'Containers need cgroups, iptables and namespaces; inside another container that means a privileged one.',
      `Its log: ${inHome('logs', `${engineProcess}.log`)}`,
    ],
    tail,
  );
}

/** Images are built with BuildKit, through the client: built in up to version 22, a plugin (buildx) since. */
async function ensureClient(progress) {
  if (await clientWithBuildKit()) return;
  progress.doing('installing the docker client with BuildKit: it builds images');
  const packages = (await aptPackages()).filter((name) => name.startsWith('docker'));
  await installThing('docker', 'install the docker client with its buildx plugin yourself.', { packages });
  if (!(await clientWithBuildKit()))
    throw new Problem('The docker client here cannot build with BuildKit.', [
      'Install its buildx plugin: https://docs.docker.com/go/buildx/',
    ]);
}

export async function clientWithBuildKit() {
  const folders = [...new Set(['/usr/bin', '/usr/local/bin', ...(process.env.PATH ?? '').split(':')])];
  for (const folder of folders) {
    const client = `${folder}/docker`;
    if (!existsSync(client)) continue;
    const { stdout } = await run(client, ['--version'], { timeoutMs: 5_000 });
    const major = Number(/version (\d+)\./.exec(stdout)?.[1] ?? 99);
    if (major <= 22 || hasBuildx()) return client;
  }
  return null;
}

function hasBuildx() {
  const folders = [
    '/usr/lib/docker/cli-plugins',
    '/usr/libexec/docker/cli-plugins',
    '/usr/local/lib/docker/cli-plugins',
    '/usr/local/libexec/docker/cli-plugins',
  ];
  return folders.some((folder) => existsSync(folder) && readdirSync(folder).includes('docker-buildx'));
}
