import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, run } from '../../bootstrap/machine/command.mjs';
import { findStaticBusybox } from '../programs/debian-programs.mjs';
import { inCluster } from '../settings/folders.mjs';
import { inNode } from './namespaces.mjs';

export const pauseImage = 'local-cluster/pause:1';
const longestSleepSeconds = '2147483647';

/** What every pod begins with: something that keeps its namespaces by doing nothing. Made here, as there may be no registry to have it from. */
export async function ensurePauseImage(place) {
  const fullName = `docker.io/${pauseImage}`;
  const images = (...words) => inNode([...imagesOf, ...words], place);
  const list = images('list', '-q', `name==${fullName}`);
  const { stdout } = await run(list[0], list.slice(1), { timeoutMs: 30_000 });
  if (stdout.includes(fullName)) return;
  const archive = await makeArchive(fullName);
  const load = images('import', archive);
  await mustRun('Loading the pause image', load[0], load.slice(1), { timeoutMs: 60_000 });
  rmSync(archive);
}

const imagesOf = ['ctr', '-a', '/run/containerd/containerd.sock', '-n', 'k8s.io', 'images'];

/** An archive as `docker save` writes it. @returns {Promise<string>} its path */
async function makeArchive(name) {
  const folder = inCluster('node', 'pause-image');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'files', 'bin'), { recursive: true });
  copyFileSync(findStaticBusybox(), join(folder, 'files', 'bin', 'busybox'));
  await tar(join(folder, 'layer.tar'), join(folder, 'files'), ['bin']);
  const layer = createHash('sha256')
    .update(readFileSync(join(folder, 'layer.tar')))
    .digest('hex');
  const configuration = {
    architecture: { x64: 'amd64' }[process.arch] ?? process.arch,
    os: 'linux',
    config: { Entrypoint: ['/bin/busybox', 'sleep', longestSleepSeconds] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration));
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }]),
  );
  const archive = inCluster('node', 'pause-image.tar');
  await tar(archive, folder, ['manifest.json', 'config.json', 'layer.tar']);
  rmSync(folder, { recursive: true });
  return archive;
}

const tar = (archive, folder, names) =>
  mustRun('Making the pause image', 'tar', ['-cf', archive, '-C', folder, '--owner=0', '--group=0', ...names]);
