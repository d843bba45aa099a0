import { run, systemClock } from '@sconce/foundation';
import { type FakeImageFiles, packageReaderContract, temporaryDirectory, writeTree } from '@sconce/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { createOciPackageReader } from './packages/oci-package-reader.ts';
import { RegistryUnavailable } from './registry-unavailable.ts';
import { type Layer, pushLayers } from './testing/push-image.ts';

const address = process.env.SCONCE_CLUSTER_REGISTRY ?? '';
const home = `packages-${process.pid}`;
const repository = `http://${address}/v2/sconce-${home}`;
const reader = createOciPackageReader({ registry: address, credentials: null, home, clock: systemClock });
const never = new AbortController().signal;
const pushed: string[] = [];

async function archiveOf(files: FakeImageFiles): Promise<Buffer> {
  const root = temporaryDirectory('layer');
  try {
    const tree = Object.entries(files).map(([path, content]) => [path.replace(/^\//, ''), content]);
    await writeTree(root.path, Object.fromEntries(tree));
    const words = ['-C', root.path, '-c', '.'];
    return (await run('tar', words, { env: {}, timeoutMs: 60_000, maxOutputBytes: 2 ** 27 })).stdout;
  } finally {
    root.remove();
  }
}

async function push(layers: readonly Layer[], settings: object = {}): Promise<string> {
  const { digest } = await pushLayers(repository, `t${pushed.length}`, layers, settings);
  pushed.push(digest);
  return digest;
}
const remove = async (digest: string) => void (await fetch(`${repository}/manifests/${digest}`, { method: 'DELETE' }));

afterAll(async () => {
  for (const digest of pushed) await remove(digest);
});

packageReaderContract('registry-oci', async () => ({
  reader,
  addImage: async (files, { env = [], workingDirectory = '' } = {}) =>
    push([{ content: await archiveOf(files), packing: 'gzip' }], { Env: env, WorkingDir: workingDirectory }),
  removeImage: remove,
  close: async () => undefined,
}));

const site = '/usr/lib/python3/dist-packages';
const metadata = (name: string, version: string) => `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
const of = (name: string, version: string) => ({ [`${site}/${name}.dist-info/METADATA`]: metadata(name, version) });

describe('registry-oci, looking through layers', () => {
  it('takes what they come to, however each is packed', async () => {
    const digest = await push([
      { content: await archiveOf({ ...of('a', '1'), ...of('b', '1') }), packing: 'gzip' },
      { content: await archiveOf({ [`${site}/.wh.b.dist-info`]: '', ...of('c', '1') }), packing: 'zstd' },
      { content: await archiveOf(of('a', '2')), packing: 'none' },
    ]);
    expect((await reader.read(digest, never))?.[0]?.packages).toEqual([
      { name: 'a', version: '2' },
      { name: 'c', version: '1' },
    ]);
  });

  it('says that it is not whole where a layer is no archive', async () => {
    const digest = await push([
      { content: await archiveOf(of('a', '1')), packing: 'gzip' },
      { content: Buffer.alloc(2_048, 7), packing: 'gzip' },
    ]);
    expect(await reader.read(digest, never)).toEqual([
      { kind: 'python', gap: 'too_large', packages: [{ name: 'a', version: '1' }] },
    ]);
  });

  it('asks again later where a layer is not there', async () => {
    const content = await archiveOf(of('lost', String(process.pid)));
    const digest = await push([{ content, packing: 'none' }]);
    const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
    const answer = await fetch(`${repository}/manifests/${digest}`, { headers });
    const manifest = (await answer.json()) as { layers: readonly { digest: string }[] };
    await fetch(`${repository}/blobs/${manifest.layers[0]?.digest}`, { method: 'DELETE' });
    await expect(reader.read(digest, never)).rejects.toThrow(RegistryUnavailable);
  });
});
