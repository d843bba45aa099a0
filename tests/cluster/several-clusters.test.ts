import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, temporaryDirectory, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BreakableLine, openBreakableLine } from '../support/breakable-line.ts';
import { type CommandLine, makeCommandLine } from '../support/command-line.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { kubectl, pathWithKubectl } from '../support/kubectl.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

const directory = temporaryDirectory('several-clusters');
const kubeconfig = join(directory.path, 'kubeconfig');
const registry = process.env.SCONCE_CLUSTER_REGISTRY ?? '';
const onLab = 'vision/lab/app';

let path: string;
let platform: Platform;
let shop: Workshop;
let sconce: CommandLine;
/** Between this machine and the API server of the cluster. */
let line: BreakableLine;

beforeAll(async () => {
  if (registry === '') throw new Error('SCONCE_CLUSTER_REGISTRY is not set: npm test -- --project cluster sets it');
  path = pathWithKubectl(directory.path);
  line = await openBreakableLine(await freePort());
  const config = JSON.parse(kubectl(path, ['config', 'view', '--raw', '--minify', '--flatten', '--output=json']));
  const [{ cluster }] = config.clusters;
  line.to(cluster.server);
  const name = new URL(cluster.server).hostname;
  cluster['tls-server-name'] ??= /^[\d.]+$/.test(name) ? '127.0.0.1' : name;
  cluster.server = line.url.replace('http:', 'https:');
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  ensureTinyBase(findDockerClient());
  platform = await startPlatform();
  sconce = makeCommandLine(platform).with({ environment: { PATH: path, KUBECONFIG: kubeconfig } });
  shop = await openWorkshop(platform, 'vision');
});
afterAll(async () => {
  line?.mend();
  const labels = await shop?.client.getClusterAccess({}).catch(() => null);
  await shop?.client.deleteEnvironment({ params: { environment: 'vision/lab' } }).catch(() => {});
  await platform?.stop();
  const home = (labels?.manifests[0]?.metadata as { labels?: Record<string, string> } | undefined)?.labels;
  const ours = Object.entries(home ?? {}).map(([label, value]) => `${label}=${value}`);
  const kinds =
    'namespaces,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings';
  // Whoever comes next may want a namespace of that name.
  if (ours.length > 0) kubectl(path, ['delete', kinds, '--selector', ours.join(), '--timeout=180s']);
  shop?.remove();
  sconce?.remove();
  await line?.close();
  directory.remove();
});

const at = (environment: string) => fetch(new URL(`/vision/${environment}/app/`, platform.gatewayUrl));
const answers = async (environment: string, body: string) =>
  waitUntil(`${environment} to answer ${body}`, async () => (await (await at(environment)).text()) === body, 240_000);
const push = async (body: string) => shop.live(await shop.deploy(tinyRepository({ body }), body));
const lab = () => shop.client.getCluster({ params: { cluster: 'lab' } });

it('a Kubernetes is added by one command, through an account with the least rights, and answers', async () => {
  const added = await sconce.run(['cluster', 'add', 'lab', '--registry', registry, '--pod-security', 'baseline']);
  expect(added.err).toBe('');
  expect(added.out).toContain('Added cluster lab.');
  const seen = await waitUntil('it to be seen', async () => {
    const now = await lab();
    return now.reachable ? now : null;
  });
  expect(seen).toMatchObject({ added: { account: 'sconce-system/sconce', registry }, nodes: expect.any(Number) });
  expect(seen.nodes).toBeGreaterThan(0);
  const again = await sconce.run(['cluster', 'add', 'lab', '--registry', registry]);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('There is a cluster lab')]);
  // The account may look at nodes, and not at secrets of others.
  const secrets = [
    'get',
    'secrets',
    '--namespace',
    'kube-system',
    '--as',
    'system:serviceaccount:sconce-system:sconce',
  ];
  expect(() => kubectl(path, secrets)).toThrow('Command failed');
});

it('one push is live on both, each with replicas on its own', async () => {
  expect((await sconce.run(['environments', 'create', 'vision/lab', '--cluster', 'lab'])).code).toBe(0);
  const { client } = shop;
  const body = { environment: 'lab', branches: ['main'] };
  await client.createBranchRule({ params: { project: 'vision' }, body });
  const settings = { watchMs: 2_000, probe: { path: '/', timeoutMs: 30_000 } };
  await client.createService({
    params: { environment: 'vision/lab' },
    body: { slug: 'app', repository: 'app', settings },
  });
  await push('one');
  await Promise.all([answers('production', 'one'), answers('lab', 'one')]);
  const nodes = async (service: string) =>
    (await client.listReplicas({ params: { service } })).data.map(({ node }) => node);
  const [here, there] = [await nodes(shop.service), await nodes(onLab)];
  expect([here.length, there.length]).toEqual([1, 1]);
  expect(here).not.toEqual(there);
  const named = JSON.parse(kubectl(path, ['get', 'nodes', '--output=json'])) as {
    items: { metadata: { name: string } }[];
  };
  expect(named.items.map(({ metadata }) => metadata.name)).toContain(there[0]);
});

it('while the cluster is away, its replicas answer, the other environment is released, and its own release waits and says why', async () => {
  line.cut();
  await waitUntil('it to be marked away', async () => !(await lab()).reachable);
  expect((await shop.client.getCluster({ params: { cluster: 'local' } })).reachable).toBe(true);
  await push('two');
  await answers('production', 'two');
  expect(await (await at('lab')).text()).toBe('one');
  await waitUntil('it to say why', async () => {
    const { data } = await shop.client.listRollouts({ params: { service: onLab } });
    return data[0]?.message === 'The cluster lab does not answer; what runs goes on.';
  });
  line.mend();
  await answers('lab', 'two');
});

it('new credentials are taken while it runs', async () => {
  const set = await sconce.run(['cluster', 'set', 'lab', '--renew']);
  expect([set.code, set.err]).toEqual([0, '']);
  await push('three');
  await answers('lab', 'three');
});

it('is removed once nothing stands on it, and what stood there is gone from the cluster', async () => {
  const refused = await sconce.run(['cluster', 'remove', 'lab', '--yes']);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('vision/lab')]);
  const { id } = await shop.client.getEnvironment({ params: { environment: 'vision/lab' } });
  await shop.client.deleteEnvironment({ params: { environment: id } });
  await waitUntil('its namespace to be gone', async () => {
    const names = kubectl(path, ['get', 'namespaces', '--selector', `sconce.dev/environment=${id}`, '--output=name']);
    return names.trim() === '';
  });
  expect((await sconce.run(['cluster', 'remove', 'lab', '--yes'])).code).toBe(0);
  expect((await shop.client.listClusters({})).data.map(({ name }) => name)).toEqual(['local']);
  expect(await (await at('production')).text()).toBe('three');
});
