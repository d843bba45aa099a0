import { setTimeout as pause } from 'node:timers/promises';
import type { Client, ClusterAccess } from '@sconce/contract';
import type { Context } from '../context.ts';
import { CliFailure } from '../exit-code.ts';
import { type KubectlOptions, runKubectl } from '../local/run-kubectl.ts';

export interface GrantedAccess {
  readonly kubeconfig: string;
  readonly account: ClusterAccess['account'];
}

export interface GrantOptions extends KubectlOptions {
  /** Whether the account may ask kubelets what is used. */
  readonly usage: boolean;
}

interface ClusterEntry {
  readonly server?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
}

interface TokenSecret {
  readonly data?: { readonly token?: string; readonly 'ca.crt'?: string };
}

const tokenWithinMs = 30_000;
const lookEveryMs = 300;

/** Makes the service account of the least rights on the user's cluster, and a kubeconfig of its token. Safe to repeat: it makes nothing twice. */
export async function grantAccess(context: Context, client: Client, options: GrantOptions): Promise<GrantedAccess> {
  const { usage } = options;
  const { manifests, account, tokenSecret } = await client.getClusterAccess({
    query: { usage },
    signal: context.signal,
  });
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=sconce', '-f', '-'];
  await runKubectl(context, options, apply, list);
  const cluster = await readCluster(context, options);
  const secret = await awaitToken(context, options, tokenSecret);
  const token = Buffer.from(secret.token, 'base64').toString('utf8');
  // The cluster's own word for who it is, where the user's kubeconfig does not check.
  const ca = cluster['insecure-skip-tls-verify'] ? secret.ca : cluster['certificate-authority-data'];
  return { kubeconfig: JSON.stringify(makeKubeconfig(cluster, ca, token)), account };
}

async function readCluster(context: Context, options: KubectlOptions): Promise<ClusterEntry> {
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '--output=json'];
  const config = JSON.parse(await runKubectl(context, options, view)) as {
    readonly clusters?: readonly { readonly cluster?: ClusterEntry }[];
  };
  return config.clusters?.[0]?.cluster ?? {};
}

/** The cluster's own controllers put it there, soon after the Secret was made. */
async function awaitToken(
  context: Context,
  options: KubectlOptions,
  { namespace, name }: ClusterAccess['tokenSecret'],
) {
  const get = ['get', 'secret', name, '--namespace', namespace, '--output=json'];
  for (const deadline = Date.now() + tokenWithinMs; Date.now() < deadline; ) {
    const { data } = JSON.parse(await runKubectl(context, options, get)) as TokenSecret;
    if (data?.token) return { token: data.token, ca: data['ca.crt'] };
    await pause(lookEveryMs, undefined, { signal: context.signal }).catch(() => context.signal.throwIfAborted());
  }
  throw new CliFailure(`The cluster gave the account no token within ${tokenWithinMs / 1000} s`, {
    code: 'timed_out',
    hint: `Look: kubectl describe secret ${name} --namespace ${namespace}. Typed again, it goes on from here.`,
  });
}

function makeKubeconfig(cluster: ClusterEntry, ca: string | undefined, token: string) {
  const name = 'sconce';
  const { server, 'tls-server-name': tlsServerName } = cluster;
  const reached = {
    server,
    ...(ca === undefined ? {} : { 'certificate-authority-data': ca }),
    ...(tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: reached }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}
