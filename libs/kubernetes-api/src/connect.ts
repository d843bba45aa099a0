import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';

/** In place of a path: the service account of the pod that this runs in. */
export const inCluster = 'in-cluster';

/** Throws where there is no such file, or it is none; for `in-cluster` where this is no pod with an account. */
export function readKubeConfig(path: string): KubeConfig {
  const config = new KubeConfig();
  if (path === inCluster) config.loadFromCluster();
  else config.loadFromFile(path);
  return config;
}

/** How many requests are under way at once; more wait their turn. Streams (logs, watches) are not counted: they last. */
const mostRequests = 16;
const connectTimeoutMs = 10_000;

export interface Connection {
  readonly server: string;
  /** Certificates, as a TLS client takes them. */
  readonly tls: Readonly<Record<string, string | Buffer>>;
  /** Made anew for each request: tokens are renewed. */
  headers(): Promise<Readonly<Record<string, string>>>;
  readonly calls: Dispatcher;
  readonly streams: Dispatcher;
  close(): Promise<void>;
}

/**
 * The client library makes a dispatcher, and with it a TLS connection, for each single request. Here the kubeconfig is read and its
 * credentials are kept by the library; connections are kept by us.
 */
export async function connect(kubeConfig: KubeConfig): Promise<Connection> {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new Error('The kubeconfig names no current cluster: set `current-context` in it');
  const server = cluster.server.replace(/\/+$/, '');
  const tls: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  await kubeConfig.applyToHTTPSOptions(tls);
  const { ca, cert, key, servername, rejectUnauthorized } = tls as Readonly<
    Record<string, string | Buffer | undefined>
  >;
  const given = { ca, cert, key, servername, rejectUnauthorized };
  const known = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string | Buffer] => entry[1] !== undefined),
  );
  const options = { connect: { ...known, timeout: connectTimeoutMs, keepAlive: true } };
  const calls = new Agent({ ...options, connections: mostRequests, pipelining: 1 });
  // What is quiet for long is no fault of a stream: those who read it decide.
  const streams = new Agent({ ...options, bodyTimeout: 0 });
  return {
    server,
    tls: known,
    async headers() {
      const context = new RequestContext(server, HttpMethod.GET);
      await kubeConfig.applySecurityAuthentication(context);
      void context.getDispatcher()?.close();
      return context.getHeaders();
    },
    calls,
    streams,
    async close() {
      await Promise.all([calls.destroy(), streams.destroy()]);
    },
  };
}
