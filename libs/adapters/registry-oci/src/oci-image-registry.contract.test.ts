import { createServer, type RequestListener } from 'node:http';
import { imageRegistryContract } from '@sconce/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { createOciImageRegistry } from './create-oci-image-registry.ts';
import { account, forward, startGuardedRegistry } from './testing/guarded-registry.ts';
import { pushImage } from './testing/push-image.ts';

const address = registryUnderTest();
let made = 0;
const next = () => {
  made += 1;
  return made;
};
const newHome = () => `oci-${process.pid}-${next()}`;
const repositoryOf = (home: string) => `http://${address}/v2/sconce-${home}`;
const deletePushed = async (home: string, digest: string) =>
  void (await fetch(`${repositoryOf(home)}/manifests/${digest}`, { method: 'DELETE' }));
const newTag = () => `t${next()}`;

const differences = {
  in_use:
    'A registry does not know what runs: before it collects an image the engine asks its own tables what needs it.',
};

imageRegistryContract(
  'registry-oci',
  async () => {
    const home = newHome();
    const registry = createOciImageRegistry({ registry: address, credentials: null, home });
    const pushed: string[] = [];
    const add = async (labels: Readonly<Record<string, string>>) => {
      const image = await pushImage(repositoryOf(home), newTag(), labels);
      pushed.push(image.digest);
      return image;
    };
    return {
      registry,
      addBuilt: async (build) => {
        const image = await add({ 'sconce.build': build, 'sconce.home': home });
        return {
          digest: image.digest,
          sizeBytes: image.sizeBytes,
          architecture: 'amd64',
          exposedPorts: [8000],
          layers: [{ digest: image.layerId, sizeBytes: image.layerBytes, createdBy: 'COPY app /app' }],
        };
      },
      addForeign: async () => (await add({ 'sconce.build': 'bld_other', 'sconce.home': `${home}-other` })).digest,
      use: async () => {
        throw new Error('A registry does not know what is in use');
      },
      close: async () => {
        for (const digest of pushed) await deletePushed(home, digest);
      },
    };
  },
  differences,
);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function startServer(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe.each(['basic', 'token'] as const)('registry-oci, where credentials are asked for (%s)', (asks) => {
  const guarded = async (credentials: typeof account | null) => {
    const home = newHome();
    const door = await startGuardedRegistry(address, asks);
    open.push(door);
    const labels = { 'sconce.build': 'bld_guarded', 'sconce.home': home };
    const { digest } = await pushImage(repositoryOf(home), newTag(), labels);
    open.push({ close: () => deletePushed(home, digest) });
    return { door, digest, registry: createOciImageRegistry({ registry: door.address, credentials, home }) };
  };

  it('lists, reads and removes with them', async () => {
    const { registry, digest } = await guarded(account);
    expect((await registry.list()).map((image) => image.digest)).toEqual([digest]);
    expect((await registry.inspect(digest))?.digest).toBe(digest);
    expect(await registry.remove(digest)).toBe(true);
    expect(await registry.inspect(digest)).toBeNull();
  });

  it('says so where there are none, or wrong ones', async () => {
    const { registry, digest } = await guarded(null);
    await expect(registry.inspect(digest)).rejects.toThrow(/SCONCE_REGISTRY_USERNAME|gives no token/);
    const wrong = await guarded({ ...account, password: 'wrong-one' });
    const failed = wrong.registry.inspect(wrong.digest);
    await expect(failed).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      message: expect.stringMatching(/username and password/),
    });
    await expect(failed).rejects.not.toThrow('wrong-one');
  });

  it('keeps a token until it is refused', async () => {
    const { registry, digest, door } = await guarded(account);
    for (const _ of [1, 2, 3]) await registry.inspect(digest);
    expect(door.tokens()).toBe(asks === 'token' ? 1 : 0);
    door.expire();
    expect((await registry.inspect(digest))?.digest).toBe(digest);
    expect(door.tokens()).toBe(asks === 'token' ? 2 : 0);
    await registry.remove(digest);
  });
});

describe('registry-oci, in trouble', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const at = (registry: string) => createOciImageRegistry({ registry, credentials: account, home: 'x' });

  it('tells a registry that is away', async () => {
    const registry = at('127.0.0.1:1');
    const calls = await Promise.allSettled([registry.list(), registry.inspect(digest), registry.remove(digest)]);
    const names = calls.map((call) => (call.status === 'rejected' ? call.reason.name : 'answered'));
    expect(names).toEqual(Array(3).fill('RegistryUnavailable'));
    await expect(registry.list()).rejects.toThrow('could not list images at http://127.0.0.1:1/sconce-x');
  });

  it('lists nothing where nothing was pushed', async () => {
    expect(await createOciImageRegistry({ registry: address, credentials: null, home: newHome() }).list()).toEqual([]);
  });

  it('lists all pages', async () => {
    const home = newHome();
    const labels = { 'sconce.build': 'bld_paged', 'sconce.home': home };
    const { digest: pushed } = await pushImage(repositoryOf(home), newTag(), labels);
    const server = await startServer(async (request, response) => {
      if (request.url?.endsWith('?n=1000')) {
        response.setHeader('link', `</v2/sconce-${home}/tags/list?n=1000&last=a>; rel="next"`);
        return void response.end('{"tags":null}');
      }
      request.url = request.url?.replace('&last=a', '') ?? '';
      await forward(address, request, response);
    });
    const registry = createOciImageRegistry({ registry: server, credentials: null, home });
    expect((await registry.list()).map((image) => image.digest)).toEqual([pushed]);
    await createOciImageRegistry({ registry: address, credentials: null, home }).remove(pushed);
  });

  it('does not believe an answer that is another than was asked for', async () => {
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const registry = at(
      await startServer((_, response) => response.writeHead(200, { 'content-type': type }).end('{}')),
    );
    await expect(registry.inspect(digest)).rejects.toThrow(/the registry answered sha256:[0-9a-f]{64} for sha256:0000/);
    await expect(registry.list()).resolves.toEqual([]);
  });

  it('says what to do where images cannot be deleted', async () => {
    const home = newHome();
    const labels = { 'sconce.build': 'bld_kept', 'sconce.home': home };
    const { digest: pushed } = await pushImage(repositoryOf(home), newTag(), labels);
    const server = await startServer(async (request, response) => {
      if (request.method === 'DELETE') return void response.writeHead(405).end();
      await forward(address, request, response);
    });
    const registry = createOciImageRegistry({ registry: server, credentials: null, home });
    await expect(registry.remove(pushed)).rejects.toThrow(/answered 405; .*allow it there/);
    expect(await registry.inspect(pushed)).not.toBeNull();
    await createOciImageRegistry({ registry: address, credentials: null, home }).remove(pushed);
  });
});

function registryUnderTest(): string {
  const { SCONCE_CLUSTER_REGISTRY } = process.env;
  if (SCONCE_CLUSTER_REGISTRY === undefined)
    throw new Error('SCONCE_CLUSTER_REGISTRY is not set: name a registry to push to, and where images may be deleted');
  return SCONCE_CLUSTER_REGISTRY;
}
