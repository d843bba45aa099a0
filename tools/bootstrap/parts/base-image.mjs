import { createReadStream, existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { machineMirrors } from '../machine/apt-sources.mjs';
import { run } from '../machine/command.mjs';
import { callDocker } from '../machine/docker-api.mjs';
import { makeFolder } from '../machine/home.mjs';
import { isRoot } from '../machine/privilege.mjs';
import { Problem } from '../terminal/problem.mjs';
import { say, step } from '../terminal/step.mjs';
import { makeDebianArchive } from './debian-archive.mjs';
import { clientWithBuildKit } from './docker-engine.mjs';

const repository = 'debian';
const tag = 'bookworm-slim';
export const baseImage = `${repository}:${tag}`;
const pullAnswerMs = 8_000;
/** An archive made here is used that long before a fresh one is made: it gets no security updates. */
const archiveDays = 30;

/**
 * The image that the examples start from: pulled where a registry answers, else made of Debian's own packages.
 * @param {string} dockerHost
 */
export async function ensureBaseImage(dockerHost) {
  await step('base image', async (progress) => {
    if (await isPresent(dockerHost)) return `${baseImage}, present`;
    const archive = archivePath();
    if (ageDays(archive) < archiveDays) {
      await importArchive(dockerHost, archive);
      return `${baseImage}, from ${archive}`;
    }
    progress.doing(`pulling ${baseImage}: the examples are built on it`);
    const refusal = await pull(dockerHost);
    if (refusal === null) return baseImage;
    await make(dockerHost, archive, refusal, progress);
    await checkNames(dockerHost);
    return `${baseImage}, made here since no registry answered`;
  });
}

const isPresent = async (dockerHost) =>
  (await callDocker(dockerHost, 'GET', `/images/${baseImage}/json`, { timeoutMs: 10_000 })).status === 200;

/** Kept outside the clone, so that the next clone on this machine has it. */
function archivePath() {
  const folder = isRoot ? '/var/cache/sconce' : join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sconce');
  return join(makeFolder(folder), `debian-bookworm-slim-${process.arch}.tar.gz`);
}

const ageDays = (path) =>
  existsSync(path) ? (Date.now() - statSync(path).mtimeMs) / 86_400_000 : Number.POSITIVE_INFINITY;

/** @returns {Promise<string | null>} why it could not be pulled, null where it was */
async function pull(dockerHost) {
  const lines = [];
  try {
    const path = `/images/create?fromImage=${repository}&tag=${tag}`;
    const { status, body } = await callDocker(dockerHost, 'POST', path, {
      timeoutMs: pullAnswerMs,
      silenceMs: 120_000,
      onLine: (line) => lines.push(line),
    });
    const problem = lines.find((line) => line.includes('"error"'));
    return status === 200 && !problem ? null : (problem ?? body).slice(0, 300);
  } catch (error) {
    return error.message;
  }
}

async function make(dockerHost, archive, refusal, progress) {
  const byHand = `Or load it by hand where there is a network: docker pull ${baseImage} && docker save ${baseImage}, then docker load here.`;
  if (process.platform !== 'linux') throw new Problem(`${baseImage} could not be pulled: ${refusal}`, [byHand]);
  progress.doing('no registry answers, so making it with debootstrap from Debian packages (about half a minute)');
  try {
    await makeDebianArchive('bookworm', machineMirrors(), archive);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(
      `${baseImage} could not be pulled (${refusal.trim()}), nor made here. ${error.message}`,
      [...error.next, byHand],
      error.detail,
    );
  }
  await importArchive(dockerHost, archive);
}

async function importArchive(dockerHost, archive) {
  const changes = ['CMD ["bash"]', 'LABEL sconce.base=debootstrap']
    .map((change) => `&changes=${encodeURIComponent(change)}`)
    .join('');
  const path = `/images/create?fromSrc=-&repo=${repository}&tag=${tag}${changes}`;
  const { status, body } = await callDocker(dockerHost, 'POST', path, {
    body: createReadStream(archive),
    timeoutMs: 120_000,
  });
  if (status !== 200 || body.includes('"error"'))
    throw new Problem(
      `The engine did not take ${archive} as ${baseImage}.`,
      [`Remove that file and run this again: rm ${archive}`],
      [body.slice(0, 300)],
    );
}

/** Builds install packages, so names have to resolve inside of containers as well. Said now, since a build would only show a timeout. */
async function checkNames(dockerHost) {
  const name = new URL(machineMirrors().archive).hostname;
  const client = await clientWithBuildKit();
  const result = await run(client, ['-H', dockerHost, 'run', '--rm', baseImage, 'getent', 'hosts', name], {
    timeoutMs: 30_000,
  });
  if (result.code === 0) return;
  say();
  say(`  Containers here cannot look up ${name}, so builds that install packages will fail.`);
  say('  Name a reachable name server in /etc/docker/daemon.json, { "dns": ["10.0.0.2"] }, and restart the engine.');
}
