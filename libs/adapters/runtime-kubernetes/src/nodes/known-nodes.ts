import { isId, type ServiceId } from '@sconce/core';
import {
  homeLabel,
  type KubernetesApi,
  type ListOf,
  type NodeFacts,
  type ObjectFacts,
  type Objects,
  pathOf,
  selector,
} from '@sconce/kubernetes-api';
import { label } from '../names.ts';
import { type WatchParts, watchObjects } from '../observing/watch-objects.ts';
import { type NodeGoing, readNodeLeaving } from './read-node-leaving.ts';

/** Without a watch, what was listed counts for so long. */
const freshMs = 1_000;

/** Which nodes there are, and which of them are to go. */
export interface KnownNodes {
  /** By name; null: it stays. Asks the API server where no watch tells of changes. */
  all(): Promise<ReadonlyMap<string, NodeGoing | null>>;
  /** Calls `onChange` for the services with pods on a node of which something else is known now. Ends with the signal. */
  watch(onChange: (service: ServiceId) => void, signal: AbortSignal): Promise<void>;
}

export interface KnownNodesParts extends WatchParts {
  readonly api: KubernetesApi;
  readonly objects: Objects;
  readonly home: string;
}

export function createKnownNodes(parts: KnownNodesParts): KnownNodes {
  const { api, objects, clock, home } = parts;
  const nodes = new Map<string, NodeGoing | null>();
  let listedAt: number | null = null;
  let isWatched = false;
  let listing: Promise<void> | null = null;

  /** Answers what of it is news. */
  const learn = (listed: readonly NodeFacts[]): readonly string[] => {
    const before = new Map(nodes);
    nodes.clear();
    for (const node of listed) nodes.set(node.metadata.name, readNodeLeaving(node));
    listedAt = clock.now();
    return [...nodes].flatMap(([name, going]) => (isSame(before.get(name) ?? null, going) ? [] : [name]));
  };

  const list = async (): Promise<void> => {
    listing ??= objects
      .list<NodeFacts>('Node', null, '')
      .then((listed) => void learn(listed))
      .finally(() => {
        listing = null;
      });
    await listing;
  };

  /** A hint is worth no failure: who stands on the node is looked at before long anyway. */
  const tell = async (names: readonly string[], onChange: (service: ServiceId) => void): Promise<void> => {
    for (const name of names) {
      const query = {
        labelSelector: selector({ [label.home]: homeLabel(home) }),
        fieldSelector: `spec.nodeName=${name}`,
      };
      const request = { method: 'GET', path: pathOf('Pod', null), query } as const;
      const pods = await api.call<ListOf<ObjectFacts>>('listing the pods of a node', request).catch(() => null);
      const services = pods?.items.map(({ metadata }) => metadata.labels?.[label.service]) ?? [];
      for (const service of new Set(services)) if (isId('svc', service)) onChange(service);
    }
  };

  return {
    async all() {
      if (!isWatched && (listedAt === null || clock.now() - listedAt >= freshMs)) await list();
      return nodes;
    },
    async watch(onChange, signal) {
      const say = (names: readonly string[]) => void (signal.aborted ? null : tell(names, onChange));
      const on = {
        listed(listed: readonly NodeFacts[]) {
          isWatched = true;
          say(learn(listed));
        },
        changed(node: NodeFacts, isGone: boolean) {
          const { name } = node.metadata;
          const going = isGone ? null : readNodeLeaving(node);
          const isNews = !isSame(nodes.get(name) ?? null, going);
          if (isGone) nodes.delete(name);
          else nodes.set(name, going);
          if (isNews) say([name]);
        },
        ended() {
          isWatched = false;
        },
      };
      await watchObjects<NodeFacts>(parts, { kind: 'Node', labelSelector: '' }, on, signal);
    },
  };
}

function isSame(one: NodeGoing | null, other: NodeGoing | null): boolean {
  return one?.cause === other?.cause && one?.until === other?.until;
}
