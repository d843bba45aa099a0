import type { NodeLeaving } from '@sconce/ports';
import type { FakeReplica } from './fake-replica.ts';

type Leaving = Omit<NodeLeaving, 'isHeld'>;

/** The nodes of a fake engine: one that takes everything, until a test says otherwise. */
export function createFakeNodes(replicas: ReadonlyMap<string, FakeReplica>) {
  let names: readonly string[] = ['fake'];
  const leaving = new Map<string, Leaving>();
  const on = (node: string) => [...replicas.values()].filter((replica) => replica.node() === node);

  const openNode = (): string | null => {
    const open = names.filter((name) => !leaving.has(name));
    return open.toSorted((a, b) => on(a).length - on(b).length)[0] ?? null;
  };
  const placeWaiting = () => {
    for (const replica of replicas.values()) {
      const node = replica.node() === null && !replica.isStopping() ? openNode() : null;
      if (node !== null) replica.placeOn(node);
    }
  };

  return {
    openNode,
    leavingOf: (node: string) => leaving.get(node) ?? null,
    setNodes(given: readonly string[]) {
      names = given;
      placeWaiting();
    },
    setLeaving(node: string, value: Leaving | null) {
      if (value === null) leaving.delete(node);
      else leaving.set(node, value);
      for (const replica of on(node)) replica.hint();
      placeWaiting();
    },
    evict(node: string): number {
      const its = on(node).filter((replica) => !replica.isStopping());
      const held = its.filter((replica) => replica.isHeld() && replica.observe().health === 'ready');
      for (const replica of its) if (!held.includes(replica)) void replica.stop();
      return held.length;
    },
    loseNode(node: string) {
      names = names.filter((name) => name !== node);
      for (const replica of on(node)) replica.lose();
    },
  };
}
