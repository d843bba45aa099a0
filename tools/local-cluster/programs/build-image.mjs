import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../../bootstrap/machine/command.mjs';
import { inHome, makeFolder } from '../../bootstrap/machine/home.mjs';
import { ensureBaseImage } from '../../bootstrap/parts/base-image.mjs';
import { clientWithBuildKit, ensureDockerEngine } from '../../bootstrap/parts/docker-engine.mjs';
import { ensureGoProgram } from './go-program.mjs';

const folder = fileURLToPath(new URL('../buildkit', import.meta.url));
const packages = {
  buildkitd: 'github.com/moby/buildkit/cmd/buildkitd',
  buildctl: 'github.com/moby/buildkit/cmd/buildctl',
  rootlesskit: 'github.com/rootless-containers/rootlesskit/v2/cmd/rootlesskit',
};
const imageTimeoutMs = 900_000;

/** BuildKit's programs, built where they are not there. @param {{ doing: (note: string) => void }} progress @returns {Promise<string[]>} their paths */
export async function ensureBuildKit(progress) {
  const paths = [];
  for (const [name, main] of Object.entries(packages))
    paths.push(await ensureGoProgram(name, { module: 'buildkit', main, minutes: '1 to 6 minutes' }, progress));
  return paths;
}

/**
 * The image that builds in the cluster run, where the registry does not have it yet.
 *
 * @param {string} registry `host:port`
 * @param {{ doing: (note: string) => void }} progress
 * @returns {Promise<string>} its name
 */
export async function ensureBuildImage(registry, progress) {
  const programs = await ensureBuildKit(progress);
  const hash = createHash('sha256');
  for (const path of [join(folder, 'Dockerfile'), ...programs]) hash.update(readFileSync(path));
  const tag = hash.digest('hex').slice(0, 16);
  const name = `${registry}/sconce-buildkit:${tag}`;
  if (await isThere(registry, tag)) return name;
  progress.doing('making the image that builds run');
  const { dockerHost } = await ensureDockerEngine();
  await ensureBaseImage(dockerHost);
  const docker = await clientWithBuildKit();
  const env = { ...process.env, DOCKER_HOST: dockerHost, DOCKER_BUILDKIT: '1' };
  const context = makeFolder(inHome('image', `buildkit-${process.pid}`));
  try {
    for (const path of programs) copyFileSync(path, join(context, path.slice(path.lastIndexOf('/') + 1)));
    const words = ['build', '--tag', name, '--file', join(folder, 'Dockerfile'), context];
    await mustRun('Making the image that builds run', docker, words, { env, timeoutMs: imageTimeoutMs });
    await mustRun('Pushing the image that builds run', docker, ['push', name], { env, timeoutMs: imageTimeoutMs });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return name;
}

async function isThere(registry, tag) {
  const headers = { accept: 'application/vnd.docker.distribution.manifest.v2+json' };
  const answer = await fetch(`http://${registry}/v2/sconce-buildkit/manifests/${tag}`, { method: 'HEAD', headers });
  return answer.ok;
}
