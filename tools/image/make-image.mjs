// node tools/image/make-image.mjs REPOSITORY:TAG [--no-push]   makes the image of the chart and of docker-compose.yml from this clone, and pushes it
import { realpathSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from '../bootstrap/code/build.mjs';
import { mustRun } from '../bootstrap/machine/command.mjs';
import { inHome, inRoot, makeFolder, readJson } from '../bootstrap/machine/home.mjs';
import { ensureBaseImage } from '../bootstrap/parts/base-image.mjs';
import { clientWithBuildKit, ensureDockerEngine } from '../bootstrap/parts/docker-engine.mjs';
import { ensureNode24, ensureNodeModules } from '../bootstrap/parts/node-modules.mjs';
import { Problem } from '../bootstrap/terminal/problem.mjs';
import { runMain, step } from '../bootstrap/terminal/step.mjs';
import { planPackages } from './plan-packages.mjs';

const processes = ['apps/api', 'apps/worker', 'apps/scheduler', 'apps/gateway'];
const beside = ['package.json', 'prisma/migrations', 'examples', 'helm/image', 'apps/dashboard/dist/site'];
/** Of a package of ours only this runs. */
const built = ['package.json', 'dist'];
/** What packages bring along and no process reads; of Prisma's clients those for other databases. */
const left =
  /\.(map|d\.[cm]?ts|md|markdown)$|\.tsbuildinfo$|\.test\.js$|\/runtime\/.*(mysql|sqlite|sqlserver|cockroachdb)/;
const buildTimeoutMs = 1_800_000;

/** Makes the image, and pushes it where `push` says so. The packages have to be built. @param {string} name `repository:tag` */
export async function makeImage(name, { push = true } = {}) {
  const { dockerHost } = await ensureDockerEngine();
  await ensureBaseImage(dockerHost);
  await step('image', async (progress) => {
    const docker = await clientWithBuildKit();
    const env = { ...process.env, DOCKER_HOST: dockerHost, DOCKER_BUILDKIT: '1' };
    const context = makeFolder(inHome('image', String(process.pid)));
    try {
      progress.doing('putting together what runs');
      await fillContext(context);
      progress.doing('building it');
      const words = ['build', '--tag', name, '--file', `${context}/helm/image/Dockerfile`, context];
      await mustRun('Building the image', docker, words, { env, timeoutMs: buildTimeoutMs });
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
    if (!push) return name;
    progress.doing(`pushing ${name}`);
    await mustRun('Pushing the image', docker, ['push', name], { env, timeoutMs: buildTimeoutMs }, [
      'Where the registry asks who you are: docker login',
    ]);
    return `${name}, pushed`;
  });
}

async function fillContext(context) {
  const { packages: locked } = readJson(inRoot('package-lock.json'));
  const { own, links, packages } = planPackages(locked, processes);
  const node = `node_modules/node-linux-${process.arch}`;
  const wanted = [
    ...own.flatMap((folder) => built.map((part) => `${folder}/${part}`)),
    ...links,
    ...packages,
    ...beside,
    node,
  ];
  // One after the other: a package and one within it would meet.
  for (const path of wanted)
    await cp(inRoot(path), `${context}/${path}`, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !left.test(source),
    }).catch((error) => {
      // A package that only declares types has nothing built, and an optional one may not be for this machine.
      if (error.code !== 'ENOENT') throw error;
    });
}

async function main() {
  const [name, option, ...rest] = process.argv.slice(2);
  if (!/^[a-z0-9][\w./:-]*:[\w.-]+$/.test(name ?? '') || (option ?? '--no-push') !== '--no-push' || rest.length > 0)
    throw new Problem('Say what the image shall be called.', [
      'node tools/image/make-image.mjs REPOSITORY:TAG [--no-push]',
    ]);
  await ensureNodeModules();
  await ensureNode24();
  await build();
  await makeImage(name, { push: option === undefined });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await runMain(main);
