import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, systemClock } from '@sconce/foundation';
import { type FakeImageFiles, packageReaderContract, temporaryDirectory, waitUntil } from '@sconce/testkit';
import Docker from 'dockerode';
import { afterAll, describe, expect, it } from 'vitest';
import { createDockerPackageReader } from './packages/docker-package-reader.ts';

const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const home = `packages-${process.pid}`;
const reader = createDockerPackageReader({ dockerHost: null, home, clock: systemClock });
const never = new AbortController().signal;
const env = { HOME: '/nonexistent', DOCKER_CONFIG: '/nonexistent' };
const made: string[] = [];

interface Link {
  readonly link: string;
}

/** An image of these files alone, imported as it is: no build, and no base. */
async function importImage(
  files: Readonly<Record<string, string | Link>>,
  changes: readonly string[] = [],
): Promise<string> {
  const root = temporaryDirectory('packages');
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(root.path, dirname(path)), { recursive: true });
      if (typeof content === 'string') await writeFile(join(root.path, path), content);
      else await symlink(content.link, join(root.path, path));
    }
    const archive = (
      await run('tar', ['-C', root.path, '-c', '.'], { env: {}, timeoutMs: 240_000, maxOutputBytes: 2 ** 27 })
    ).stdout;
    const options = changes.flatMap((change) => ['--change', change]);
    const { stdout } = await run('docker', ['import', ...options, '-'], { env, timeoutMs: 240_000, input: archive });
    const digest = stdout.toString().trim();
    made.push(digest);
    return digest;
  } finally {
    root.remove();
  }
}

const ownContainers = async () => {
  const filters = { label: [`sconce.home=${home}`] };
  return docker.listContainers({ all: true, filters });
};

afterAll(async () => {
  for (const digest of made)
    await docker
      .getImage(digest)
      .remove({ force: true })
      .catch(() => {});
});

packageReaderContract('images-docker', async () => ({
  reader,
  addImage: async (files: FakeImageFiles, settings = {}) =>
    importImage(files, [
      ...(settings.env ?? []).map((line) => `ENV ${line}`),
      ...(settings.workingDirectory ? [`WORKDIR ${settings.workingDirectory}`] : []),
    ]),
  removeImage: async (digest) => void (await docker.getImage(digest).remove({ force: true })),
  close: async () => undefined,
}));

const status = 'Package: secret-of-the-machine\nStatus: install ok installed\nVersion: 1\n';
const metadata = (name: string) => `Metadata-Version: 2.1\nName: ${name}\nVersion: 1\n`;
const site = '/usr/local/lib/python3.12/site-packages';

describe('images-docker, looking into images', () => {
  it('follows links inside the image, and none out of it', async () => {
    const outside = temporaryDirectory('outside');
    await writeFile(join(outside.path, 'status'), status);
    const escaping = await importImage({ '/var/lib/dpkg/status': { link: join(outside.path, 'status') } });
    const steps = await importImage({
      '/var/lib/dpkg/status': { link: `../../../../../../../..${outside.path}/status` },
    });
    const folder = await importImage({ '/var/lib/dpkg': { link: outside.path } });
    const circle = await importImage({
      '/var/lib/dpkg/status': { link: 'status' },
      '/lib/apk/db': { link: '/lib/apk/db' },
    });
    for (const digest of [escaping, steps, folder, circle]) expect(await reader.read(digest, never)).toEqual([]);
    outside.remove();
    const inside = await importImage({
      '/var/lib/dpkg/status': { link: '/data/status' },
      '/data/status': 'Package: mine\nStatus: install ok installed\nVersion: 2\n',
      [site]: { link: '../../../../opt/packages' },
      '/opt/packages/a-1.dist-info/METADATA': metadata('a'),
    });
    expect((await reader.read(inside, never))?.flatMap(({ packages }) => packages)).toEqual([
      { name: 'a', version: '1' },
      { name: 'mine', version: '2' },
    ]);
  });

  it('runs nothing, copies no volumes, and leaves nothing', async () => {
    const files = {
      '/data/large': 'x'.repeat(1_000_000),
      [`${site}/a-1.dist-info/METADATA`]: metadata('a'),
      [`${site}/a/lib.so`]: 'x'.repeat(2 ** 18),
    };
    const digest = await importImage(files, ['VOLUME /data', 'ENTRYPOINT ["/data/large"]']);
    const since = Math.floor(Date.now() / 1_000);
    const slow = createDockerPackageReader({ dockerHost: null, home, clock: systemClock, bytesPerSecond: 2 ** 16 });
    const reading = slow.read(digest, never);
    // One that was just removed may be listed a moment longer.
    const facts = await waitUntil('its container to stand', async () => {
      const found = (await ownContainers()).find(({ ImageID }) => ImageID === digest);
      return found && docker.getContainer(found.Id).inspect();
    });
    expect(facts.State.Status).toBe('created');
    expect(facts.HostConfig).toMatchObject({ NetworkMode: 'none', ReadonlyRootfs: true, CapDrop: ['ALL'] });
    expect(facts.Mounts.filter(({ Type }) => Type === 'volume')).toEqual([]);
    expect((await reading)?.[0]?.packages).toEqual([{ name: 'a', version: '1' }]);
    const until = Math.ceil(Date.now() / 1_000) + 1;
    const events = await docker.getEvents({ since, until, filters: { container: [facts.Id] } });
    let seen = '';
    for await (const chunk of events) seen += chunk;
    expect(seen).toMatch(/"Action":"create"/);
    expect(seen).toMatch(/"Action":"destroy"/);
    expect(seen).not.toMatch(/"Action":"start"/);
    await expect.poll(ownContainers).toEqual([]);
  });

  it('takes away what a process left that died while it read', async () => {
    const digest = await importImage({ '/bin/service': 'x' });
    const label = { 'sconce.home': home, 'sconce.kind': 'packages' };
    await docker.createContainer({ Image: digest, Cmd: ['x'], Labels: label });
    await reader.read(digest, never);
    await expect.poll(ownContainers).toHaveLength(1);
    const later = { ...systemClock, now: () => Date.now() + 2 * 3_600_000 };
    await createDockerPackageReader({ dockerHost: null, home, clock: later }).read(digest, never);
    await expect.poll(ownContainers).toEqual([]);
  });

  it('goes at its pace, and ends in the middle with the signal', async () => {
    const digest = await importImage({
      [`${site}/torch/lib.so`]: 'x'.repeat(4 * 2 ** 20),
      [`${site}/z-1.dist-info/METADATA`]: metadata('z'),
    });
    const slow = createDockerPackageReader({ dockerHost: null, home, clock: systemClock, bytesPerSecond: 4 * 2 ** 20 });
    const startedAt = performance.now();
    expect(await slow.read(digest, never)).toHaveLength(1);
    expect(performance.now() - startedAt).toBeGreaterThan(800);
    const slower = createDockerPackageReader({ dockerHost: null, home, clock: systemClock, bytesPerSecond: 2 ** 10 });
    await expect(slower.read(digest, AbortSignal.timeout(1_000))).rejects.toThrow(/timeout/);
    await expect.poll(ownContainers).toEqual([]);
  });

  it('reads a real Debian, with a Python package put into it', async () => {
    const container = await docker.createContainer({
      Image: 'debian:bookworm-slim',
      Cmd: ['true'],
      Labels: { 'sconce.home': home },
    });
    const root = temporaryDirectory('dist-info');
    await mkdir(join(root.path, `${site}/torch-2.5.1.dist-info`), { recursive: true });
    await writeFile(join(root.path, `${site}/torch-2.5.1.dist-info/METADATA`), metadata('torch'));
    const archive = (await run('tar', ['-C', root.path, '-c', 'usr'], { env: {}, timeoutMs: 240_000 })).stdout;
    root.remove();
    await container.putArchive(archive, { path: '/' });
    const { Id } = await container.commit({ repo: `sconce/${home}/debian` });
    await container.remove({ force: true });
    const digest = Id.startsWith('sha256:') ? Id : `sha256:${Id}`;
    made.push(digest);
    const list = (await reader.read(digest, never)) ?? [];
    expect(list.map(({ kind, gap }) => [kind, gap])).toEqual([
      ['python', null],
      ['debian', null],
    ]);
    const debian = list[1]?.packages ?? [];
    expect(debian.length).toBeGreaterThan(50);
    expect(debian.find(({ name }) => name === 'dpkg')?.version).toMatch(/^1\.21/);
  });

  it('tells an engine that is away', async () => {
    const away = createDockerPackageReader({ dockerHost: 'unix:///nonexistent/docker.sock', home, clock: systemClock });
    await expect(away.read(`sha256:${'0'.repeat(64)}`, never)).rejects.toMatchObject({ name: 'ImageStoreUnavailable' });
  });
});
