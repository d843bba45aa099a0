/** Where a container engine's API is, as its SDK takes it. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly protocol: 'http' | 'https' };

export const defaultEngineSocket = '/var/run/docker.sock';

/** Reads a `DOCKER_HOST` (`unix:///run/docker.sock`, `tcp://10.0.0.5:2375`); null is this machine's engine. Throws on others. */
export function parseEngineAddress(dockerHost: string | null): EngineAddress {
  if (dockerHost === null || dockerHost === '') return { socketPath: defaultEngineSocket };
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) };
  const url = URL.parse(dockerHost);
  const protocol = url?.protocol === 'https:' ? 'https' : 'http';
  if (url === null || url.hostname === '' || !['tcp:', 'http:', 'https:'].includes(url.protocol)) {
    throw new Error(`DOCKER_HOST is ${JSON.stringify(dockerHost)}; it takes unix:///path or tcp://host:port`);
  }
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  return { host: hostname, port: Number(url.port || (protocol === 'https' ? 2376 : 2375)), protocol };
}
