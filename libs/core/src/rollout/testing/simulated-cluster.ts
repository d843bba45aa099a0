import { type SharedGpus, SimulatedWorld } from './simulated-world.ts';

export interface SimulatedNode {
  readonly product: string;
  readonly gpus: number;
  isLost: boolean;
  /** It takes nothing new, and what is on it is to go. */
  isDrained: boolean;
}

/** What a service asks for: GPUs of one product, so many on one node for each replica. */
export interface Asked {
  readonly product: string;
  readonly gpus: number;
}

/** Nodes with GPUs, and services that share them. A replica is placed on the first node with enough of the right ones, as long as that answers. */
export class SimulatedCluster implements SharedGpus {
  readonly nodes: readonly SimulatedNode[];
  readonly services: readonly SimulatedWorld[];
  private readonly asks: readonly Asked[];
  /** By service and replica. */
  private readonly placed = new Map<SimulatedWorld, Map<string, SimulatedNode>>();

  constructor(nodes: readonly SimulatedNode[], asks: readonly Asked[]) {
    this.nodes = nodes;
    this.asks = asks;
    this.services = asks.map(() => new SimulatedWorld(null, this));
  }

  places(of: SimulatedWorld, beside: 'all' | 'others' | 'none'): number {
    const { product, gpus } = this.askedBy(of);
    const counts = (world: SimulatedWorld) => beside === 'all' || (beside === 'others' && world !== of);
    return this.nodes
      .filter((node) => node.product === product && takesNew(node))
      .reduce((sum, node) => sum + Math.floor((node.gpus - this.heldOn(node, counts)) / gpus), 0);
  }

  place(of: SimulatedWorld, replica: string): boolean {
    const places = this.placesOf(of);
    if (places.has(replica)) return true;
    const { product, gpus } = this.askedBy(of);
    const node = this.nodes.find(
      (one) => one.product === product && takesNew(one) && one.gpus - this.heldOn(one, () => true) >= gpus,
    );
    if (node !== undefined) places.set(replica, node);
    return node !== undefined;
  }

  /** As the engine's `RoomToFree` does. */
  ask(by: SimulatedWorld): number {
    let freed = 0;
    for (const world of this.services) {
      const kept = new Set([world.setOf(world.live), world.setOf(world.active?.release ?? null)]);
      const idle = world.replicas.filter(({ id, replicaSet }) => !kept.has(replicaSet) && this.placesOf(world).has(id));
      world.roomIsNeeded = idle.length > 0 && (world.roomIsNeeded || world !== by);
      if (world !== by) freed += idle.length * this.askedBy(world).gpus;
    }
    return freed;
  }

  /** Its replicas are gone with it, for everybody to see. */
  lose(node: SimulatedNode): void {
    node.isLost = true;
    for (const world of this.services)
      world.replicas = world.replicas.filter(({ id }) => this.placesOf(world).get(id) !== node);
  }

  drain(node: SimulatedNode, isDrained: boolean): void {
    node.isDrained = isDrained;
    for (const [world, replica] of this.on(node))
      if (isDrained !== (replica.leaving !== null))
        replica.leaving = isDrained ? { since: world.now, until: null, isLost: false, isHeld: true } : null;
  }

  /** As `kubectl drain` does it: who is held stays, who never got ready does not. Answers how many are left that it waits for. */
  evict(node: SimulatedNode): number {
    const left = this.on(node).filter(([, { leaving, health }]) => leaving?.isHeld && health !== 'stopping');
    for (const [world, replica] of this.on(node))
      if (replica.leaving !== null && (!replica.leaving.isHeld || replica.health !== 'ready'))
        world.beginToStop(replica);
    return left.length;
  }

  /** Whose replicas are still there, though there is a place for them elsewhere. */
  leftOn(node: SimulatedNode): readonly SimulatedWorld[] {
    return this.on(node).flatMap(([world]) => (this.places(world, 'all') > 0 ? [world] : []));
  }

  private on(node: SimulatedNode): readonly (readonly [SimulatedWorld, SimulatedWorld['replicas'][number]])[] {
    return this.services.flatMap((world) => {
      const its = world.replicas.filter(({ id }) => this.placesOf(world).get(id) === node);
      return its.map((replica) => [world, replica] as const);
    });
  }

  tick(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) for (const world of this.services) world.tick(1);
  }

  /** Nobody asks for anything new, and time goes on for all. */
  settle(): void {
    for (let second = 0, quiet = 0; second < 900 && quiet <= 25; second += 1) {
      let isBusy = false;
      for (const world of this.services) {
        world.engineAway = false;
        if (world.active) world.active.pauseRequested = false;
        isBusy ||= world.active !== null;
        for (let steps = 0; steps < 20 && world.plan(99); steps += 1) isBusy = true;
        for (const gateway of world.gateways) world.gatewayStep('gateway_back', gateway);
      }
      quiet = isBusy ? 0 : quiet + 1;
      this.tick(1);
    }
  }

  private heldOn(node: SimulatedNode, counts: (world: SimulatedWorld) => boolean): number {
    return this.services.filter(counts).reduce((sum, world) => {
      const places = this.placesOf(world);
      const replicas = world.replicas.filter(({ id }) => places.get(id) === node);
      return sum + replicas.length * this.askedBy(world).gpus;
    }, 0);
  }

  private askedBy(world: SimulatedWorld): Asked {
    return this.asks[this.services.indexOf(world)] as Asked;
  }

  private placesOf(world: SimulatedWorld): Map<string, SimulatedNode> {
    const places = this.placed.get(world) ?? new Map<string, SimulatedNode>();
    this.placed.set(world, places);
    return places;
  }
}

function takesNew({ isLost, isDrained }: SimulatedNode): boolean {
  return !isLost && !isDrained;
}
