import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '@sconce/foundation';
import {
  createKubernetesApi,
  createObjects,
  homeLabel,
  type KubernetesApi,
  type NodeFacts,
  type Objects,
  type PodFacts,
  pathOf,
  selector,
} from '@sconce/kubernetes-api';
import { RuntimeUnavailable } from '@sconce/ports';
import {
  behaveWithBusybox,
  besideWithBusybox,
  pushBusyboxImage,
  type RuntimeUnderTest,
  waitUntil,
} from '@sconce/testkit';
import { createKubernetesRuntime, type KubernetesRuntime } from '../create-kubernetes-runtime.ts';
import type { Account } from '../manifests/make-access.ts';
import { label } from '../names.ts';
import { mainStatus } from '../observing/to-observed-replica.ts';
import { openBreakablePort } from './breakable-port.ts';
import { processesOf } from './container-processes.ts';

export interface KubernetesUnderTest extends RuntimeUnderTest {
  readonly runtime: KubernetesRuntime;
  again(): KubernetesRuntime;
  /** Past the port that can be taken away. */
  readonly objects: Objects;
  /** The same cluster, asked with this token instead of an administrator's certificate. */
  withToken(token: string): KubeConfig;
  /** A token of a service account, for an hour. */
  tokenOf(account: Account): Promise<string>;
  /** What a node's kubelet and device plugins would say. */
  mergeNodeStatus(node: string, status: unknown): Promise<void>;
  /** As a controller writes of a pod; `name` is the event's own. */
  recordEvent(pod: PodFacts | undefined, name: string, reason: string, message: string): Promise<void>;
  readonly home: string;
  readonly image: { readonly repository: string; readonly digest: string };
}

let made = 0;

/** The cluster of `KUBECONFIG`, with a port before its API that can be taken away. Its node is this machine. */
export async function makeKubernetesUnderTest(): Promise<KubernetesUnderTest> {
  made += 1;
  const home = `contract-${process.pid}-${made}`;
  const direct = new KubeConfig();
  direct.loadFromDefault();
  const server = new URL(direct.getCurrentCluster()?.server ?? '');
  const port = await openBreakablePort(server.hostname, Number(server.port || 443));
  const image = await pushBusyboxImage(`${registry()}/sconce-test/busybox`, ['USER 1000']);
  const api = createKubernetesApi(direct, systemClock);
  const objects = createObjects(api);
  // A budget that says no is answered like a server that has too much to do.
  const impatient = createKubernetesApi(direct, { ...systemClock, sleep: async () => undefined });
  const started: KubernetesRuntime[] = [];
  const again = () => {
    const runtime = createKubernetesRuntime({
      kubeConfig: throughPort(direct, server, port.port),
      cluster: 'test',
      home,
      clock: systemClock,
    });
    started.push(runtime);
    return runtime;
  };
  const runtime = again();

  async function find(id: string): Promise<PodFacts> {
    const pods = await objects.list<PodFacts>('Pod', null, selector({ [label.home]: homeLabel(home) }));
    const pod = pods.find(({ metadata }) => metadata.uid === id);
    if (pod === undefined) throw new Error(`There is no pod ${id}`);
    return pod;
  }
  const nodes = await objects.list<NodeFacts>('Node', null, '');
  const isReal = ({ status, metadata }: NodeFacts) =>
    metadata.labels?.type !== 'kwok' &&
    status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  const patchNode = (node: string, body: unknown) =>
    api.call(`changing node ${node}`, { method: 'PATCH', path: pathOf('Node', null, node), content: 'merge', body });
  const processes = async (id: string) => processesOf(mainStatus(await find(id))?.containerID ?? 'none');

  return {
    runtime,
    again,
    objects,
    withToken(token) {
      const config = new KubeConfig();
      const cluster = direct.getCurrentCluster();
      if (cluster === null) throw new Error('The kubeconfig names no current cluster');
      config.loadFromClusterAndUser(cluster, { name: 'account', token });
      return config;
    },
    async tokenOf({ namespace, name }) {
      const path = `${pathOf('ServiceAccount', namespace, name)}/token`;
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } };
      const answer = await api.call<{ status: { token: string } }>('asking for a token', {
        method: 'POST',
        path,
        body,
      });
      return answer.status.token;
    },
    async mergeNodeStatus(node, status) {
      const path = `${pathOf('Node', null, node)}/status`;
      await api.call(`changing node ${node}`, { method: 'PATCH', path, content: 'merge', body: { status } });
    },
    async recordEvent(pod, name, reason, message) {
      if (pod === undefined) throw new Error('There is no pod to write of');
      const { namespace = '', name: podName, uid } = pod.metadata;
      const at = new Date(systemClock.now()).toISOString();
      const body = {
        metadata: { name: `${podName}.${name}`, namespace },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name: podName, uid },
        reason,
        message,
        type: 'Normal',
        source: { component: 'cluster-autoscaler' },
        firstTimestamp: at,
        lastTimestamp: at,
      };
      await api.call('recording an event', { method: 'POST', path: `/api/v1/namespaces/${namespace}/events`, body });
    },
    home,
    image,
    behave: (target, behaviour) => behaveWithBusybox(target, image, behaviour),
    beside: (name, behaviour) => besideWithBusybox(name, `${image.repository}@${image.digest}`, behaviour),
    outside: {
      async remove(id) {
        const { metadata } = await find(id);
        const path = pathOf('Pod', metadata.namespace ?? '', metadata.name);
        await api.call('removing a pod', { method: 'DELETE', path, query: { gracePeriodSeconds: 0 } });
      },
      async kill(id) {
        const [first] = await processes(id);
        if (first === undefined) throw new Error(`The pod ${id} has no process`);
        process.kill(first, 'SIGKILL');
      },
      async mute(id, isMuted) {
        for (const pid of await processes(id)) process.kill(pid, isMuted ? 'SIGSTOP' : 'SIGCONT');
      },
    },
    ...(nodes.filter(isReal).length < 2
      ? {}
      : {
          nodes: {
            close: async (node, isClosed) =>
              void (await patchNode(node, { spec: { unschedulable: isClosed || null } })),
            evict: async (id) => evictPod(impatient, await find(id)),
          },
        }),
    setAway: (isAway) => port.setAway(isAway),
    now: () => performance.now(),
    waitUntil: (what, check, timeoutMs = 120_000) => waitUntil(what, check, timeoutMs),
    settle: (work) => work,
    async close() {
      for (const environment of await runtime.environments()) await runtime.removeEnvironment(environment, true);
      for (const one of started) await one.stop();
      await api.close();
      await impatient.close();
      await port.close();
    },
  };
}

/** As `kubectl drain` does; false where a disruption budget says no. */
async function evictPod(api: KubernetesApi, { metadata }: PodFacts): Promise<boolean> {
  const { name, namespace = '' } = metadata;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `${pathOf('Pod', namespace, name)}/eviction`;
  try {
    await api.call('evicting a pod', { method: 'POST', path, body });
    return true;
  } catch (error) {
    if (error instanceof RuntimeUnavailable && /disruption budget/.test(error.message)) return false;
    throw error;
  }
}

function registry(): string {
  const { SCONCE_CLUSTER_REGISTRY } = process.env;
  if (SCONCE_CLUSTER_REGISTRY === undefined)
    throw new Error('SCONCE_CLUSTER_REGISTRY is not set: name a registry that the cluster of KUBECONFIG pulls from');
  return SCONCE_CLUSTER_REGISTRY;
}

function throughPort(direct: KubeConfig, server: URL, port: number): KubeConfig {
  const through = new KubeConfig();
  through.loadFromString(direct.exportConfig());
  const cluster = through.getCurrentCluster();
  if (cluster === null) throw new Error('The kubeconfig names no current cluster');
  const others = through.clusters.filter(({ name }) => name !== cluster.name);
  // A certificate of this machine's own API server names that address; any other is asked for by its name.
  const named = server.hostname === '127.0.0.1' ? {} : { tlsServerName: server.hostname };
  const changed = { ...cluster, server: `${server.protocol}//127.0.0.1:${port}`, ...named };
  through.loadFromOptions({ ...through, clusters: [...others, changed] });
  return through;
}
