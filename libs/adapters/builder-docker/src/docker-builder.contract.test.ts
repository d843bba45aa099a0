import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { run, silentLog, spawnStreaming } from '@sconce/foundation';
import { builderContract, importBusyboxImage, temporaryDirectory, waitUntil, writeTree } from '@sconce/testkit';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerBuilder } from './docker-builder.ts';

const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const home = `contract-${process.pid}`;

/** Removes what the builds of this file left in the engine. */
async function removeBuilt(): Promise<void> {
  const images = await docker.listImages({ filters: { label: [`sconce.home=${home}`] } });
  await Promise.all(images.map((image) => docker.getImage(image.Id).remove({ force: true })));
}

builderContract('builder-docker', async () => {
  const base = await importBusyboxImage(`sconce-test-base:contract-${process.pid}`);
  return {
    builder: createDockerBuilder({ dockerHost: null, home, log: silentLog, stepProcesses: 200 }),
    baseImage: base.name,
    labelsOf: async (digest) => (await docker.getImage(digest).inspect()).Config.Labels ?? {},
    close: async () => {
      await removeBuilt();
      await base.remove();
    },
  };
});

describe('builder-docker on the engine', () => {
  const builder = createDockerBuilder({ dockerHost: null, home, log: silentLog });
  let base: Awaited<ReturnType<typeof importBusyboxImage>>;
  beforeAll(async () => {
    base = await importBusyboxImage(`sconce-test-base:real-${process.pid}`);
  });
  afterAll(async () => {
    await removeBuilt();
    await base.remove();
  });

  const build = async (
    dockerfile: string,
    secrets: { name: string; value: Uint8Array }[] = [],
    text = (_: string) => {},
  ) => {
    const directory = temporaryDirectory('context');
    try {
      await writeTree(directory.path, { Dockerfile: dockerfile });
      const request = {
        build: `bld_real${performance.now().toString().replace('.', '')}`,
        directory: directory.path,
        context: '.',
        dockerfile: 'Dockerfile',
        args: {},
        secrets,
        labels: {},
        noCache: false,
        cacheScope: 'test',
        limits: { timeMs: 600_000, memoryMiB: 256, outputBytes: 1_000_000 },
      };
      return await builder.build(request, (chunk) => text(Buffer.from(chunk).toString()), new AbortController().signal);
    } finally {
      directory.remove();
    }
  };
  const ownFolders = async () =>
    (await readdir('/dev/shm')).filter((name) => name.startsWith(`sconce-build-${process.pid}-`));

  it('keeps no secret in any byte of the image, nor on disk after it', async () => {
    const secret = `planted-${process.hrtime.bigint()}`;
    const step = `RUN --mount=type=secret,id=token wc -c < /run/secrets/token > /length`;
    const image = await build(`FROM ${base.name}\n${step}\n`, [{ name: 'token', value: Buffer.from(secret) }]);
    const saved = await run('docker', ['save', image.digest], {
      env: {},
      timeoutMs: 240_000,
      maxOutputBytes: 64 << 20,
    });
    expect(saved.stdout.length).toBeGreaterThan(1_000_000);
    expect(saved.stdout.includes(secret)).toBe(false);
    expect(await ownFolders()).toEqual([]);
  });

  it('removes the secret folder of a failed build as well', async () => {
    const looked = Promise.withResolvers<string[]>();
    const failing = build(
      `FROM ${base.name}\nRUN echo look-${Date.now()}; sleep 5; exit 1\n`,
      [{ name: 'token', value: Buffer.from('x') }],
      (text) => {
        if (text.includes(' look-')) ownFolders().then(looked.resolve, looked.reject);
      },
    );
    await expect(failing).rejects.toMatchObject({ reason: 'build_step_failed' });
    expect([(await looked.promise).length, await ownFolders()]).toEqual([1, []]);
  });

  it('keeps its images out of a prune', async () => {
    const image = await build(`FROM ${base.name}\nRUN echo pruned > /${Date.now()}\n`);
    await docker.pruneImages({ filters: { dangling: ['true'], label: [`sconce.home=${home}`] } });
    await expect(docker.getImage(image.digest).inspect()).resolves.toMatchObject({ Id: image.digest });
  });

  it('leaves no process of a cancelled build', async () => {
    const seconds = 500 + (process.pid % 400);
    const abort = new AbortController();
    const directory = temporaryDirectory('context');
    await writeTree(directory.path, {
      Dockerfile: `FROM ${base.name}\nRUN trap "" TERM; echo up; sleep ${seconds}.25 & sleep ${seconds}.25; wait\n`,
    });
    const limits = { timeMs: 600_000, memoryMiB: 256, outputBytes: 1_000_000 };
    const request = {
      build: 'bld_cancel',
      directory: directory.path,
      context: '.',
      dockerfile: 'Dockerfile',
      args: {},
      secrets: [],
      labels: {},
      noCache: true,
      cacheScope: 'test',
      limits,
    };
    let seen = '';
    const stopOnceUp = (chunk: Uint8Array): void => {
      seen += Buffer.from(chunk).toString();
      if (/^#\d+ [\d.]+ up$/m.test(seen)) abort.abort(new Error('stop'));
    };
    const running = builder.build(request, stopOnceUp, abort.signal);
    await expect(running).rejects.toThrow('stop');
    directory.remove();
    const left = await run('ps', ['-eo', 'args'], { env: {}, timeoutMs: 120_000 });
    expect(left.stdout.toString()).not.toContain(`sleep ${seconds}.25`);
  });

  it('ends the build of a worker that was killed', async () => {
    const seconds = 900 + (process.pid % 90);
    const directory = temporaryDirectory('context');
    await writeTree(directory.path, { Dockerfile: `FROM ${base.name}\nRUN sleep ${seconds}.75\n` });
    const source = fileURLToPath(new URL('./index.ts', import.meta.url));
    const request = {
      build: 'bld_killed',
      directory: directory.path,
      context: '.',
      dockerfile: 'Dockerfile',
      args: {},
      secrets: [],
      labels: {},
      noCache: true,
      cacheScope: 'test',
      limits: { timeMs: 600_000, memoryMiB: 256, outputBytes: 1_000_000 },
    };
    const script = `
      import { createDockerBuilder } from ${JSON.stringify(source)};
      const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
      const builder = createDockerBuilder({ dockerHost: null, home: ${JSON.stringify(home)}, log });
      await builder.build(${JSON.stringify(request)}, () => {}, new AbortController().signal);`;
    const runs = async () =>
      (await run('ps', ['-eo', 'args'], { env: {}, timeoutMs: 120_000 })).stdout.includes(`sleep ${seconds}.75`);
    const worker = spawnStreaming(process.execPath, ['-C', 'sconce-source', '--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: {},
      timeoutMs: 240_000,
    });
    await waitUntil('the step to run', runs);
    const [folder = ''] = (await readdir('/dev/shm')).filter(
      (name) => /^sconce-build-\d+-/.test(name) && name.includes(`-${worker.pid}-`),
    );
    process.kill(worker.pid, 'SIGKILL');
    await worker.ended.catch(() => undefined);
    createDockerBuilder({ dockerHost: null, home, log: silentLog });
    await waitUntil('the step to end', async () => !(await runs()));
    await waitUntil('its folder to be gone', async () => !(await readdir('/dev/shm')).includes(folder));
    directory.remove();
  });

  it('tells an engine that is away from a build that failed', async () => {
    const away = createDockerBuilder({ dockerHost: 'unix:///nonexistent/docker.sock', home, log: silentLog });
    const directory = temporaryDirectory('context');
    await writeTree(directory.path, { Dockerfile: 'FROM scratch\n' });
    const limits = { timeMs: 10_000, memoryMiB: 64, outputBytes: 1_000_000 };
    const request = {
      build: 'bld_away',
      directory: directory.path,
      context: '.',
      dockerfile: 'Dockerfile',
      args: {},
      secrets: [],
      labels: {},
      noCache: false,
      cacheScope: 'test',
      limits,
    };
    await expect(away.build(request, () => {}, new AbortController().signal)).rejects.toMatchObject({
      name: 'BuilderUnavailable',
    });
    directory.remove();
  });
});
