import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { chownSync } from 'node:fs';
import { openDatabase } from '@sconce/db';
import { bootstrapAdmin } from '@sconce/engine';
import { createLog, systemClock } from '@sconce/foundation';
import { temporaryDirectory, temporaryPostgres, temporaryRedis, waitUntil } from '@sconce/testkit';
import { buildImage, registryForPods } from './build-place.ts';
import { askCluster } from './cluster-node.ts';
import { chart, type Helm, toWords } from './helm.ts';
import { openPortRelay, type RelayTarget } from './port-relay.ts';

export interface ChartPlatform {
  readonly namespace: string;
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  readonly token: string;
  /** Installs or upgrades, and comes back when all pods of the new version are ready. Answers what helm printed. */
  install(tag: string): Promise<string>;
  /** Of what is in the namespace, in the words of its API paths (`secrets`, `pods`): the names. */
  names(resource: string): Promise<readonly string[]>;
  /** Names of all namespaces that are not on their way out. */
  namespaces(): Promise<readonly string[]>;
  /** Names of the pods of its services, in whatever namespace. */
  replicas(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** What the chart needs, on this machine and on the cluster; the chart itself is installed by the test. `repository`: where its image is, without a tag. */
export async function openChartPlatform(helm: Helm, repository: string): Promise<ChartPlatform> {
  const namespace = `chart-${randomBytes(4).toString('hex')}`;
  const [postgres, redis, machine] = await Promise.all([temporaryPostgres(), temporaryRedis(), addressForPods()]);
  const git = await makeGitVolume(namespace);
  const local = (url: string): RelayTarget => ({ host: '127.0.0.1', port: Number(new URL(url).port) });
  const api = { host: '', port: 80 };
  const gateway = { host: '', port: 80 };
  const relays = await Promise.all([
    openPortRelay(machine, () => local(postgres.url)),
    openPortRelay(machine, () => local(redis.url)),
    openPortRelay('127.0.0.1', () => api),
  ]);
  const [toPostgres, toRedis, toApi] = relays.map(({ port }) => port);
  // Nothing was migrated here: that is the hook's work.
  const databaseUrl = postgres.url;
  const values = {
    database: { url: databaseUrl.replace(/127\.0\.0\.1:\d+/, `${machine}:${toPostgres}`) },
    redis: { url: `redis://${machine}:${toRedis}` },
    // Builds run on the cluster too: no container engine is in reach.
    builder: { image: buildImage(), registry: registryForPods() },
    registry: { address: process.env.SCONCE_CLUSTER_REGISTRY },
    // The tests' services are of root: what they show is not who they run as.
    runtime: { podSecurity: 'baseline' },
    git: { existingClaim: git.claim },
    publicUrl: `http://127.0.0.1:${toApi}`,
    gatewayUrl: `http://sconce-gateway.${namespace}`,
  };
  const path = `/api/v1/namespaces/${namespace}`;
  const serviceAddress = async (name: string) =>
    ((await askCluster('GET', `${path}/services/${name}`)) as { spec: { clusterIP: string } }).spec.clusterIP;
  let token = '';
  return {
    namespace,
    apiUrl: values.publicUrl,
    get gatewayUrl() {
      return `http://${gateway.host}`;
    },
    get token() {
      return token;
    },
    async install(tag) {
      const given = toWords({ ...values, image: { repository, tag } });
      const words = ['upgrade', '--install', 'sconce', chart, '--namespace', namespace, '--wait', '--timeout', '580s'];
      const printed = await helm(...words, ...given);
      api.host = await serviceAddress('sconce-api');
      gateway.host = await serviceAddress('sconce-gateway');
      token ||= await makeToken(databaseUrl);
      return printed;
    },
    names: (resource) => namesOf(`${path}/${resource}`),
    namespaces: () => namesOf('/api/v1/namespaces?fieldSelector=status.phase%3DActive'),
    replicas: () => namesOf(`/api/v1/pods?labelSelector=${encodeURIComponent(`sconce.dev/home=${namespace}`)}`),
    async stop() {
      await helm('uninstall', 'sconce', '--namespace', namespace, '--ignore-not-found', '--wait');
      await removeEnvironments(namespace);
      await git.remove();
      await Promise.all(relays.map((relay) => relay.close()));
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

/** This machine, as the cluster's node and pods reach it. */
async function addressForPods(): Promise<string> {
  const { items } = (await askCluster('GET', '/api/v1/nodes')) as {
    items: { status: { addresses: { type: string; address: string }[] } }[];
  };
  const node = items[0]?.status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
  // Nothing is sent: the kernel says which address it would be sent from.
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.connect(9, node, resolve));
  const { address } = socket.address();
  socket.close();
  return address;
}

/** A folder of the node, which is this machine: the local cluster has no storage class. */
async function makeGitVolume(namespace: string) {
  const directory = temporaryDirectory('chart-git', { uid: 1000, gid: 1000 });
  chownSync(directory.path, 1000, 1000);
  const size = { storage: '1Gi' };
  const accessModes = ['ReadWriteOnce'];
  const create = (path: string, body: object) => askCluster('POST', path, body, 'application/json');
  await create('/api/v1/namespaces', { metadata: { name: namespace } });
  await create('/api/v1/persistentvolumes', {
    metadata: { name: namespace },
    spec: { capacity: size, accessModes, storageClassName: '', hostPath: { path: directory.path } },
  });
  await create(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
    metadata: { name: 'git' },
    spec: { accessModes, storageClassName: '', volumeName: namespace, resources: { requests: size } },
  });
  return {
    claim: 'git',
    async remove() {
      await askCluster('DELETE', `/api/v1/namespaces/${namespace}`);
      await askCluster('DELETE', `/api/v1/persistentvolumes/${namespace}`);
      await waitUntil('the namespace to be gone', () =>
        askCluster('GET', `/api/v1/namespaces/${namespace}`).then(
          () => false,
          () => true,
        ),
      );
      directory.remove();
    },
  };
}

async function namesOf(path: string): Promise<readonly string[]> {
  const { items } = (await askCluster('GET', path)) as { items: { metadata: { name: string } }[] };
  return items.map(({ metadata }) => metadata.name).sort();
}

async function removeEnvironments(home: string): Promise<void> {
  const selector = encodeURIComponent(`sconce.dev/home=${home}`);
  for (const name of await namesOf(`/api/v1/namespaces?labelSelector=${selector}`))
    await askCluster('DELETE', `/api/v1/namespaces/${name}`);
}

async function makeToken(databaseUrl: string): Promise<string> {
  const db = openDatabase({ url: databaseUrl, maxConnections: 1 });
  const deps = { db, clock: systemClock, log: createLog('test', 'error') };
  try {
    return (await bootstrapAdmin(deps, { email: 'admin@localhost', name: 'Administrator' })).token;
  } finally {
    await db.close();
  }
}
