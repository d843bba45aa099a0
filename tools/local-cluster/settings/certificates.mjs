import { chownSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mustRun } from '../../bootstrap/machine/command.mjs';
import { makeFolder, root, writeFile } from '../../bootstrap/machine/home.mjs';
import { inCluster, kubeconfigPath } from './folders.mjs';
import { makeKubeconfig } from './make-kubeconfig.mjs';

const folder = inCluster('certificates');
export const certificatePath = (name) => `${folder}/${name}.crt`;
export const keyPath = (name) => `${folder}/${name}.key`;
const days = '3650';

/** Who may do what is decided by these names: see Kubernetes' docs, "Using Node Authorization" and "Default roles". */
const clients = (nodeName) => [
  { name: 'admin', subject: '/O=system:masters/CN=local-admin' },
  { name: 'api-server-to-kubelet', subject: '/O=system:masters/CN=api-server-to-kubelet' },
  { name: 'kubelet', subject: `/O=system:nodes/CN=system:node:${nodeName}` },
  { name: 'controller-manager', subject: '/CN=system:kube-controller-manager' },
  { name: 'scheduler', subject: '/CN=system:kube-scheduler' },
  { name: 'proxy', subject: '/CN=system:kube-proxy' },
  { name: 'name-server', subject: '/CN=system:coredns' },
];

/**
 * An authority of this cluster's own, what the API server and the kubelet show, who the parts are, and the key that service
 * accounts' tokens are signed with. What is there is kept.
 * @param {import('./cluster-record.mjs').ClusterRecord} record
 * @param {import('./plan-addresses.mjs').Addresses} addresses
 */
export async function ensureCertificates(record, addresses) {
  makeFolder(folder, 0o700);
  if (!existsSync(certificatePath('authority'))) await makeAuthority();
  if (!existsSync(keyPath('service-accounts'))) await makeKey('service-accounts');
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  await ensureServer('api-server', '/CN=kube-apiserver', [
    ...[...names, 'localhost'].map((name) => `DNS:${name}`),
    ...['127.0.0.1', addresses.nodeAddress, addresses.apiServiceAddress].map((address) => `IP:${address}`),
  ]);
  await ensureServer('kubelet-server', `/O=system:nodes/CN=system:node:${record.nodeName}`, [
    `DNS:${record.nodeName}`,
    `IP:${addresses.nodeAddress}`,
  ]);
  for (const { name, subject } of clients(record.nodeName)) await ensureSigned(name, subject, 'clientAuth', []);
}

/** What a node beside the first one shows, and who it is. @param {import('./local-nodes.mjs').LocalNode} node */
export async function ensureNodeCertificates({ name, suffix, address }) {
  const subject = `/O=system:nodes/CN=system:node:${name}`;
  await ensureServer(`kubelet-server${suffix}`, subject, [`DNS:${name}`, `IP:${address}`]);
  await ensureSigned(`kubelet${suffix}`, subject, 'clientAuth', []);
}

/** Where a part finds the API server and who it is there. @returns {string} path of the kubeconfig */
export function writeKubeconfig(client, server, path = `${folder}/${client}.kubeconfig`) {
  const read = (file) => readFileSync(file, 'utf8');
  const config = makeKubeconfig({
    server,
    ca: read(certificatePath('authority')),
    certificate: read(certificatePath(client)),
    key: read(keyPath(client)),
  });
  writeFile(path, `${JSON.stringify(config, null, 2)}\n`);
  return path;
}

/** The administrator's, for whoever the clone belongs to: only the parts run as root, not who uses them. */
export function writeAdminKubeconfig(server) {
  writeKubeconfig('admin', server, kubeconfigPath);
  const { uid, gid } = statSync(root);
  chownSync(kubeconfigPath, uid, gid);
}

const openssl = (what, args) => mustRun(`Making ${what}`, 'openssl', args, { cwd: folder, timeoutMs: 60_000 });

async function makeKey(name) {
  await openssl(`the key ${name}`, [
    'genpkey',
    '-algorithm',
    'RSA',
    '-pkeyopt',
    'rsa_keygen_bits:2048',
    '-out',
    keyPath(name),
  ]);
}

async function makeAuthority() {
  await makeKey('authority');
  await openssl('the authority', [
    ...['req', '-x509', '-new', '-key', keyPath('authority'), '-subj', '/CN=local-cluster', '-days', days],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature', '-out', certificatePath('authority')],
  ]);
}

const ensureServer = (name, subject, alternatives) => ensureSigned(name, subject, 'serverAuth', alternatives);

async function ensureSigned(name, subject, usage, alternatives) {
  if (existsSync(certificatePath(name))) return;
  await makeKey(name);
  const request = `${folder}/${name}.csr`;
  const extensions = `${folder}/${name}.extensions`;
  const lines = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature,keyEncipherment',
    `extendedKeyUsage=${usage}`,
    ...(alternatives.length > 0 ? [`subjectAltName=${alternatives.join(',')}`] : []),
  ];
  writeFile(extensions, `${lines.join('\n')}\n`);
  await openssl(`a request for ${name}`, ['req', '-new', '-key', keyPath(name), '-subj', subject, '-out', request]);
  await openssl(`the certificate of ${name}`, [
    ...['x509', '-req', '-in', request, '-CA', certificatePath('authority'), '-CAkey', keyPath('authority')],
    ...['-CAcreateserial', '-days', days, '-extfile', extensions, '-out', certificatePath(name)],
  ]);
  for (const file of [request, extensions]) rmSync(file);
}
