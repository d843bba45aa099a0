import { execFile, execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '@sconce/testkit';
import { askCluster } from './cluster-node.ts';
import { pathWithKubectl } from './kubectl.ts';

/** Real nodes that a test may close and drain: nothing else runs on the cluster meanwhile. */
export interface DrainableNodes {
  readonly names: readonly string[];
  cordon(node: string): Promise<void>;
  open(node: string): Promise<void>;
  openAll(): Promise<void>;
  /** `kubectl drain`, of the platform's replicas alone; resolves when it is done. Rejects when it is not within `timeoutSeconds`. */
  drain(node: string, timeoutSeconds?: number): Promise<void>;
  /** Whether the replica may be evicted now; nothing is done. */
  mayEvict(replica: { readonly id: string }): Promise<boolean>;
  /** Takes away the node that was started for the test. */
  close(): Promise<void>;
}

const root = resolve(import.meta.dirname, '../..');
const localCluster = resolve(root, 'tools/local-cluster/local-cluster.mjs');
const run = promisify(execFile);

/** Of the clone's own cluster, which gets a second node for as long; of any other there have to be two. */
export async function openDrainableNodes(): Promise<DrainableNodes> {
  const isOwn = process.env.KUBECONFIG === resolve(root, '.sconce/cluster/kubeconfig');
  if (isOwn) startLocalCluster(2);
  const names = await readyNodes();
  if (names.length < 2) throw new Error('This test needs a cluster with two nodes that are ready');
  const directory = temporaryDirectory('kubectl');
  const env = { ...process.env, PATH: pathWithKubectl(directory.path) };
  const kubectl = async (...words: string[]) => void (await run('kubectl', words, { env }));
  const open = (node: string) => kubectl('uncordon', node);
  const openAll = async () => void (await Promise.all(names.map(open)));
  return {
    names,
    cordon: (node) => kubectl('cordon', node),
    open,
    openAll,
    drain: (node, timeoutSeconds = 180) =>
      kubectl(
        'drain',
        node,
        '--ignore-daemonsets',
        '--delete-emptydir-data',
        '--pod-selector=sconce.dev/release',
        `--timeout=${timeoutSeconds}s`,
      ),
    mayEvict,
    async close() {
      await openAll();
      directory.remove();
      if (isOwn) startLocalCluster(1);
    },
  };
}

function startLocalCluster(nodes: number): void {
  const { KUBECONFIG: _, SCONCE_CLUSTER_REGISTRY: __, ...env } = process.env;
  execFileSync(process.execPath, [localCluster, 'start', '--nodes', String(nodes)], { env, stdio: 'inherit' });
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

async function readyNodes(): Promise<readonly string[]> {
  const { items } = (await askCluster('GET', '/api/v1/nodes')) as NodeList;
  const real = items.filter(({ metadata, status }) => {
    const isReady = status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
    return isReady && metadata.labels?.type !== 'kwok';
  });
  return real.map(({ metadata }) => metadata.name);
}

async function mayEvict({ id }: { readonly id: string }): Promise<boolean> {
  const { items } = (await askCluster('GET', '/api/v1/pods?labelSelector=sconce.dev/release')) as {
    items: { metadata: { uid: string; name: string; namespace: string } }[];
  };
  const pod = items.find(({ metadata }) => metadata.uid === id);
  if (pod === undefined) throw new Error(`There is no pod ${id}`);
  const { name, namespace } = pod.metadata;
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: { dryRun: ['All'] },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  return askCluster('POST', path, body, 'application/json').then(
    () => true,
    (error: Error) => {
      if (error.message.includes('disruption budget')) return false;
      throw error;
    },
  );
}
