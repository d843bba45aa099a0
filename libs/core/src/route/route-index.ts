/** What a route answers to; everything else about it is the caller's. */
export interface RouteAddress {
  readonly hosts: readonly string[];
  readonly pathPrefix: string | null;
}

/** A table prepared for look-ups: no list is walked per request. Build it once per table. */
export interface RouteIndex<T> {
  readonly byHost: ReadonlyMap<string, T>;
  readonly byPrefix: ReadonlyMap<string, T>;
  /** Segment counts of the prefixes in use, longest first. */
  readonly prefixDepths: readonly number[];
}

export interface RouteMatch<T> {
  readonly entry: T;
  /** The target to forward: the request's own bytes, less the prefix. */
  readonly target: string;
  /** What was cut, null when the host matched. */
  readonly prefix: string | null;
}

/** The first entry to claim a host or a prefix keeps it, so that the answer depends on the table alone. */
export function indexRoutes<T extends RouteAddress>(entries: readonly T[]): RouteIndex<T> {
  const byHost = new Map<string, T>();
  const byPrefix = new Map<string, T>();
  const depths = new Set<number>();
  for (const entry of entries) {
    for (const host of entry.hosts) {
      const key = host.toLowerCase();
      if (!byHost.has(key)) byHost.set(key, entry);
    }
    if (entry.pathPrefix === null || byPrefix.has(entry.pathPrefix)) continue;
    byPrefix.set(entry.pathPrefix, entry);
    depths.add(countSegments(entry.pathPrefix));
  }
  return { byHost, byPrefix, prefixDepths: [...depths].sort((a, b) => b - a) };
}

/**
 * Finds who answers: by host (lower case, without port), else by the longest path prefix.
 * Prefixes are compared byte by byte, never decoded or normalised, so `/a/../b` and `/%62` are not `/b`.
 */
export function matchRoute<T>(index: RouteIndex<T>, host: string, target: string): RouteMatch<T> | null {
  const byHost = index.byHost.get(host);
  if (byHost !== undefined) return { entry: byHost, target, prefix: null };
  const query = target.indexOf('?');
  const pathEnd = query < 0 ? target.length : query;
  for (const depth of index.prefixDepths) {
    const end = endOfSegment(target, pathEnd, depth);
    if (end < 0) continue;
    const prefix = target.slice(0, end);
    const entry = index.byPrefix.get(prefix);
    if (entry === undefined) continue;
    const rest = target.slice(end);
    return { entry, target: rest.startsWith('/') ? rest : `/${rest}`, prefix };
  }
  return null;
}

/**
 * True when a path, read by the most generous decoder, climbs above where it starts: `/../x`, `/a/%2e%2e/../x`,
 * `/..%2fx`, `/..\x`. Below a prefix such a path could mean another service to whoever normalises it later.
 */
export function climbsOut(target: string): boolean {
  if (!mayClimb.test(target)) return false;
  const path = target.split('?', 1)[0] ?? '';
  let depth = 0;
  for (const segment of path.replace(/%2e/gi, '.').split(/\/|\\|%2f|%5c/i)) {
    // `..;x` is `..` to servers that cut path parameters.
    const name = segment.split(';', 1)[0];
    if (name === '..') depth -= 1;
    else if (name !== '' && name !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

const mayClimb = /\.\.|%2e/i;

function countSegments(prefix: string): number {
  return prefix.split('/').length - 1;
}

/** Where the `depth`-th segment of a path ends, or -1 when there are fewer. */
function endOfSegment(target: string, pathEnd: number, depth: number): number {
  let at = 0;
  for (let segment = 0; segment < depth; segment += 1) {
    if (at >= pathEnd || target.charCodeAt(at) !== 47) return -1;
    const next = target.indexOf('/', at + 1);
    at = next < 0 || next > pathEnd ? pathEnd : next;
  }
  return at;
}
