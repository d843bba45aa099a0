import { makeFolder } from '../../bootstrap/machine/home.mjs';
import { callApi } from '../api/call-api.mjs';
import { certificatePath, keyPath, writeAdminKubeconfig, writeKubeconfig } from '../settings/certificates.mjs';
import { addressesOf } from '../settings/cluster-record.mjs';
import { inCluster, kubeconfigPath } from '../settings/folders.mjs';
import { ensurePart, waitForPart } from './part.mjs';

/** In the node's own network, so these never meet a port of this machine. */
const etcdClients = 'http://127.0.0.1:2379';
const etcdPeers = 'http://127.0.0.1:2380';
const apiPort = 6443;

export const apiServer = (record) => `https://${addressesOf(record).nodeAddress}:${apiPort}`;

/**
 * etcd, the API server, the controllers and the scheduler.
 * @param {string} kubernetes path of the program
 * @param {import('../settings/cluster-record.mjs').ClusterRecord} record
 */
export async function startControlPlane(kubernetes, record) {
  const server = apiServer(record);
  writeAdminKubeconfig(server);
  await ensurePart('etcd', { command: [kubernetes, 'etcd', ...etcdArguments()] });
  await ensurePart('api-server', { command: [kubernetes, 'kube-apiserver', ...apiServerArguments(record)] });
  const controllers = writeKubeconfig('controller-manager', server);
  const scheduler = writeKubeconfig('scheduler', server);
  await waitForPart('api-server', 'the API server is ready', () => isReady(kubeconfigPath));
  await ensurePart('controller-manager', {
    command: [kubernetes, 'kube-controller-manager', ...controllerArguments(controllers)],
  });
  await ensurePart('scheduler', { command: [kubernetes, 'kube-scheduler', ...schedulerArguments(scheduler)] });
}

/** @returns {Promise<true | null>} */
export async function isReady(kubeconfig) {
  const { status, body } = await callApi(kubeconfig, 'GET', '/readyz', { timeoutMs: 5_000 });
  if (status === 200) return true;
  throw new Error(
    `it answered ${status}: ${
      String(body?.message ?? body)
        .split('\n')
        .find((line) => line.includes('failed')) ?? ''
    }`,
  );
}

const etcdArguments = () => [
  `--data-dir=${makeFolder(inCluster('etcd'), 0o700)}`,
  `--listen-client-urls=${etcdClients}`,
  `--advertise-client-urls=${etcdClients}`,
  `--listen-peer-urls=${etcdPeers}`,
  `--initial-advertise-peer-urls=${etcdPeers}`,
  `--initial-cluster=default=${etcdPeers}`,
  // A cluster for trying: what a power cut could take is not worth a write to disk for each change.
  '--unsafe-no-fsync',
  '--log-level=warn',
];

function apiServerArguments(record) {
  const { nodeAddress, serviceRange } = addressesOf(record);
  return [
    `--etcd-servers=${etcdClients}`,
    // All addresses of the node's own network: loopback, the link to this machine and the bridge of the pods.
    '--bind-address=0.0.0.0',
    `--advertise-address=${nodeAddress}`,
    `--secure-port=${apiPort}`,
    `--service-cluster-ip-range=${serviceRange}`,
    '--authorization-mode=Node,RBAC',
    // The second lets pods that ask for a GPU onto nodes that are kept for those, as hosted clusters do.
    '--enable-admission-plugins=NodeRestriction,ExtendedResourceToleration',
    '--anonymous-auth=false',
    '--allow-privileged=true',
    `--client-ca-file=${certificatePath('authority')}`,
    `--tls-cert-file=${certificatePath('api-server')}`,
    `--tls-private-key-file=${keyPath('api-server')}`,
    `--kubelet-certificate-authority=${certificatePath('authority')}`,
    `--kubelet-client-certificate=${certificatePath('api-server-to-kubelet')}`,
    `--kubelet-client-key=${keyPath('api-server-to-kubelet')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${keyPath('service-accounts')}`,
    `--service-account-signing-key-file=${keyPath('service-accounts')}`,
    // The node's name is known to no name server.
    '--kubelet-preferred-address-types=InternalIP',
    '--shutdown-delay-duration=0s',
  ];
}

/** With the usual 20 calls a second the controllers alone take 6 s to start, one after the other. */
const callRate = ['--kube-api-qps=500', '--kube-api-burst=1000'];

const controllerArguments = (kubeconfig) => [
  `--kubeconfig=${kubeconfig}`,
  `--authentication-kubeconfig=${kubeconfig}`,
  `--authorization-kubeconfig=${kubeconfig}`,
  '--bind-address=127.0.0.1',
  '--leader-elect=false',
  '--use-service-account-credentials=true',
  `--service-account-private-key-file=${keyPath('service-accounts')}`,
  `--root-ca-file=${certificatePath('authority')}`,
  `--cluster-signing-cert-file=${certificatePath('authority')}`,
  `--cluster-signing-key-file=${keyPath('authority')}`,
  ...callRate,
];

const schedulerArguments = (kubeconfig) => [
  `--kubeconfig=${kubeconfig}`,
  `--authentication-kubeconfig=${kubeconfig}`,
  `--authorization-kubeconfig=${kubeconfig}`,
  '--bind-address=127.0.0.1',
  '--leader-elect=false',
  ...callRate,
];
