export interface RegistryAddress {
  /** `https://registry.example:5000`, without a slash at the end. */
  readonly origin: string;
  /** Of the repository: `team/sconce-home`. */
  readonly name: string;
}

/** `registry.example:5000/team` and `sconce-home` -> where that repository's API is. Without TLS only where it says `http://`, or is of this very machine. */
export function toRegistryAddress(registry: string, repository: string): RegistryAddress {
  const isPlain = registry.startsWith('http://');
  const [given = '', ...path] = registry.replace(/^https?:\/\//, '').split('/');
  // The one registry whose API has another name than its images.
  const host = given === 'docker.io' ? 'registry-1.docker.io' : given;
  const isHere = /^(?:localhost|127(?:\.\d{1,3}){3})(?::\d+)?$/.test(host);
  return { origin: `${isHere || isPlain ? 'http' : 'https'}://${host}`, name: [...path, repository].join('/') };
}
