/** Where builds push to: `registry.example:5000/team`, or with `http://` before it for one that speaks no TLS. */
export interface RegistryPlace {
  readonly address: string;
  readonly host: string;
  readonly isPlainHttp: boolean;
  /** What builds are let through to where its host is an address, which may be in a private network; null for a name. */
  readonly reach: { readonly cidr: string; readonly port: number } | null;
}

export function toRegistryPlace(registry: string): RegistryPlace {
  const address = registry.replace(/^https?:\/\//, '');
  const host = address.split('/')[0] ?? address;
  const isPlainHttp = registry.startsWith('http://');
  const [name = '', port = isPlainHttp ? '80' : '443'] = host.split(':');
  const isAddress = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name);
  return { address, host, isPlainHttp, reach: isAddress ? { cidr: `${name}/32`, port: Number(port) } : null };
}

/** Docker's `config.json`. */
export function makeDockerConfig(host: string, credentials: { username: string; password: string } | null): string {
  if (credentials === null) return '{}';
  const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  // Docker Hub goes by an address of its own.
  const key = host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
  return JSON.stringify({ auths: { [key]: { auth } } });
}

/** What BuildKit's daemon reads: `given` by whoever runs Sconce, and that our registry speaks plain HTTP where it does. */
export function makeBuildkitConfig({ host, isPlainHttp }: RegistryPlace, given: string): string {
  return isPlainHttp ? `${given}\n[registry."${host}"]\n  http = true\n` : given;
}
