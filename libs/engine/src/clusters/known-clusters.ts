import { ownCluster } from '@sconce/core';
import { type AddedClusterRow, listAddedClusters } from '@sconce/db';
import {
  type ClusterFactory,
  ClusterUnavailable,
  type OpenCluster,
  type Runtime,
  type SecretOpener,
} from '@sconce/ports';
import type { Deps } from '../deps.ts';
import { openClusterAccess } from './open-cluster-access.ts';

export interface KnownClustersDeps extends Deps {
  /** Of the cluster that environments are in unless they name another. */
  readonly runtime: Runtime;
  readonly openCluster: ClusterFactory;
  readonly secretOpener: SecretOpener;
}

/** A cluster for as long as it is reached in one way. */
export interface KnownCluster {
  readonly name: string;
  readonly runtime: Runtime;
  /** Aborts when it is removed, or reached in another way from now on. */
  readonly signal: AbortSignal;
}

/** Done for each cluster from when it is known until its signal aborts. */
export type ClusterWork = (cluster: KnownCluster) => Promise<void>;

export interface KnownClusters {
  get(name: string): Runtime | null;
  all(): readonly KnownCluster[];
  /** Reads again which clusters there are: opens those that are new or changed, ends those that are gone. One read at a time. */
  refresh(): Promise<void>;
  /** Does `work` for every cluster there is and every one that comes; resolves when all of it ended, after `signal`. */
  workOn(work: ClusterWork, signal: AbortSignal): Promise<void>;
  /** Ends the connections to all clusters that were added. */
  close(): Promise<void>;
}

interface Entry extends KnownCluster {
  readonly version: number;
  readonly abort: AbortController;
  readonly stop: () => Promise<void>;
}

/** The clusters of the installation, each with a runtime of its own. What goes wrong with one is the matter of that one alone. */
export function createKnownClusters(deps: KnownClustersDeps): KnownClusters {
  const entries = new Map<string, Entry>([
    [ownCluster, makeEntry(ownCluster, 0, { runtime: deps.runtime, stop: async () => {} })],
  ]);
  const beginners = new Set<(entry: Entry) => void>();
  let reading: Promise<void> = Promise.resolve();
  let isClosed = false;

  const end = async (entry: Entry) => {
    entry.abort.abort();
    await entry.stop().catch((error: unknown) => {
      deps.log.warn({ cluster: entry.name, err: error }, 'connections to a cluster did not end well');
    });
  };

  const take = async (row: AddedClusterRow) => {
    const before = entries.get(row.name);
    if (before?.version === row.version) return;
    const entry = makeEntry(row.name, row.version, await openOne(deps, row));
    // Set before the old one ends: nobody finds none meanwhile.
    entries.set(row.name, entry);
    if (before) await end(before);
    deps.log.info({ cluster: row.name, version: row.version }, 'a cluster is known');
    for (const begin of beginners) begin(entry);
  };

  const read = async () => {
    if (isClosed) return;
    const rows = await listAddedClusters(deps.db.tx);
    const names = new Set([ownCluster, ...rows.map(({ name }) => name)]);
    for (const entry of [...entries.values()]) {
      if (names.has(entry.name)) continue;
      entries.delete(entry.name);
      await end(entry);
      deps.log.info({ cluster: entry.name }, 'a cluster is known no longer');
    }
    for (const row of rows) await take(row);
  };

  return {
    get: (name) => entries.get(name)?.runtime ?? null,
    all: () => [...entries.values()],
    refresh() {
      reading = reading.catch(() => {}).then(read);
      return reading;
    },
    async workOn(work, signal) {
      const underWay = new Set<Promise<void>>();
      const begin = (entry: Entry) => {
        if (signal.aborted) return;
        const cluster = { ...entry, signal: AbortSignal.any([entry.signal, signal]) };
        const done = work(cluster)
          .catch((error: unknown) => {
            if (!cluster.signal.aborted)
              deps.log.error({ cluster: entry.name, err: error }, 'the work for a cluster ended');
          })
          .finally(() => underWay.delete(done));
        underWay.add(done);
      };
      beginners.add(begin);
      for (const entry of entries.values()) begin(entry);
      await untilAborted(signal);
      beginners.delete(begin);
      await Promise.all(underWay);
    },
    async close() {
      await reading.catch(() => {});
      isClosed = true;
      for (const entry of entries.values()) if (entry.name !== ownCluster) await end(entry);
    },
  };
}

function makeEntry(name: string, version: number, { runtime, stop }: OpenCluster): Entry {
  const abort = new AbortController();
  return { name, version, runtime, abort, signal: abort.signal, stop };
}

/** Credentials that do not open leave the cluster away, with the others as they are. */
async function openOne(deps: KnownClustersDeps, row: AddedClusterRow): Promise<OpenCluster> {
  const { name, registry, podSecurity, gatewayCidrs } = row;
  try {
    const [namespace = '', account = ''] = row.account?.split('/') ?? [];
    return deps.openCluster({
      name,
      registry,
      podSecurity,
      gatewayCidrs,
      account: row.account === null ? null : { namespace, name: account },
      ...(await openClusterAccess(deps, row)),
    });
  } catch (error) {
    deps.log.error({ cluster: name, err: error }, 'the credentials of a cluster cannot be used');
    const message = `The credentials of the cluster ${name} cannot be used: give it new ones with \`sconce clusters set ${name}\``;
    return { runtime: closedRuntime(new ClusterUnavailable(name, message, { cause: error })), stop: async () => {} };
  }
}

function closedRuntime(why: ClusterUnavailable): Runtime {
  const refuse = async (): Promise<never> => {
    throw why;
  };
  return {
    apply: refuse,
    observe: refuse,
    retire: refuse,
    watch: (_onChange, signal) => untilAborted(signal),
    // biome-ignore lint/correctness/useYield: it has no lines, only a reason.
    logs: async function* () {
      throw why;
    },
    capacity: refuse,
  };
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
