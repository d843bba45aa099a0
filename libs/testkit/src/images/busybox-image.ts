import { chmod, copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@sconce/foundation';
import { temporaryDirectory } from '../servers/local-process.ts';

const busybox = '/bin/busybox';

/**
 * A tiny base image (2 MB, `/bin/sh` and the usual commands) made on this machine, since no registry may be in reach. It takes Debian's
 * `busybox-static` and the engine that `DOCKER_HOST` names (null: this machine's). `changes` are lines of a Dockerfile: `USER 1000`.
 */
export async function importBusyboxImage(
  name: string,
  dockerHost: string | null = null,
  changes: readonly string[] = [],
): Promise<{ readonly name: string; readonly digest: string; remove(): Promise<void> }> {
  const env = {
    HOME: '/nonexistent',
    DOCKER_CONFIG: '/nonexistent',
    ...(dockerHost === null ? {} : { DOCKER_HOST: dockerHost }),
  };
  const docker = (args: readonly string[], input?: Uint8Array) =>
    run('docker', args, { env, timeoutMs: 60_000, ...(input === undefined ? {} : { input }) });
  const archive = await busyboxArchive();
  const { stdout } = await docker(
    [
      'import',
      ...['ENV PATH=/bin', 'CMD ["/bin/sh"]', ...changes].flatMap((change) => ['--change', change]),
      '-',
      name,
    ],
    archive,
  );
  return { name, digest: stdout.toString().trim(), remove: async () => void (await docker(['rmi', '--force', name])) };
}

async function busyboxArchive(): Promise<Uint8Array> {
  const root = temporaryDirectory('busybox');
  try {
    for (const folder of ['bin', 'tmp', 'etc']) await mkdir(join(root.path, folder));
    await copyFile(busybox, join(root.path, 'bin/busybox')).catch((cause) => {
      throw new Error('busybox is missing; the tests need it: apt-get install busybox-static', { cause });
    });
    await chmod(join(root.path, 'tmp'), 0o1777);
    const plain = { env: {}, timeoutMs: 20_000 };
    const { stdout } = await run(busybox, ['--list'], plain);
    const applets = stdout
      .toString()
      .split('\n')
      .filter((name) => name !== '' && name !== 'busybox');
    await Promise.all(applets.map((name) => symlink('busybox', join(root.path, 'bin', name))));
    return (await run('tar', ['-C', root.path, '--owner=0', '--group=0', '-c', '.'], plain)).stdout;
  } finally {
    root.remove();
  }
}

/** The same in a registry: pushed as `repository`, and not kept here. */
export async function pushBusyboxImage(
  repository: string,
  changes: readonly string[],
): Promise<{ readonly repository: string; readonly digest: string }> {
  const image = await importBusyboxImage(`${repository}:latest`, null, changes);
  const env = { HOME: '/nonexistent', DOCKER_CONFIG: '/nonexistent' };
  try {
    const { stdout } = await run('docker', ['push', image.name], { env, timeoutMs: 120_000 });
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout.toString())?.[1];
    if (digest === undefined) throw new Error(`docker push named no digest: ${stdout.toString().slice(-500)}`);
    return { repository, digest };
  } finally {
    await image.remove();
  }
}
