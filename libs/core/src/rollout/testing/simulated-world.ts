import { expect } from 'vitest';
import type { ReleaseId, RolloutId } from '../../id.ts';
import { decideServing, routableReplicas } from '../decide-serving.ts';
import { gatewaySilenceMs } from '../plan-retirements.ts';
import { planRollout } from '../plan-rollout.ts';
import { type RolloutPhase, type RolloutStrategy, rolloutEnds, rolloutMoves } from '../rollout-phase.ts';
import type {
  KeptBeside,
  PlannedRelease,
  Refusal,
  RolloutAction,
  RolloutPlan,
  SeenReplica,
  ServiceState,
} from '../rollout-state.ts';

/** How a release's replicas behave, tick by tick. */
export type Behaviour = 'well' | 'slow' | 'crashes' | 'never' | 'out_of_memory' | 'dies_when_live' | 'flaky';

export type Step =
  | { readonly do: 'deploy'; readonly behaviour: Behaviour; readonly replicas: number }
  | { readonly do: 'deploy_same' | 'roll_back' | 'abort' | 'pause' | 'resume' | 'delete' }
  | { readonly do: 'tick'; readonly seconds: number }
  | { readonly do: 'plan'; readonly actions: number }
  | { readonly do: 'scheduler_dies' | 'engine_away' | 'engine_back' | 'placement_full' | 'room_needed' }
  | { readonly do: 'gateway_takes' | 'gateway_silent' | 'gateway_back'; readonly gateway: number };

interface SimulatedRollout {
  id: RolloutId;
  release: ReleaseId;
  from: ReleaseId | null;
  generation: number;
  cause: string;
  phase: RolloutPhase;
  strategy: RolloutStrategy | null;
  pausedFrom: RolloutPhase | null;
  pauseRequested: boolean;
  abortRequested: boolean;
  preparedAt: number | null;
  routeVersion: number | null;
  liveAt: number | null;
  isWatched: boolean;
}

/** `leavingSince`: the engine was asked to stop it, and lets it look well for a moment more. */
type SimulatedReplica = { -readonly [K in keyof SeenReplica]: SeenReplica[K] } & {
  everReady: boolean;
  leavingSince: number | null;
};

interface SimulatedGateway {
  id: string;
  silentSince: number | null;
  acked: number;
  serves: ReadonlySet<string>;
}

const second = 1_000;
const watchMs = 20_000;

const standing = ({ health }: SeenReplica) => health !== 'stopping' && health !== 'exited';

/** GPUs that several services share. A replica that finds none waits for one, as a pod does. */
export interface SharedGpus {
  /** How many replicas of the service have a place: beside all that stands, beside all but its own, or if nothing stood. */
  places(of: SimulatedWorld, beside: 'all' | 'others' | 'none'): number;
  /** Whether it has its GPUs from now on, or had them before. */
  place(of: SimulatedWorld, replica: string): boolean;
  /** Asks others to let go of what serves nobody; how many GPUs that will be. */
  ask(by: SimulatedWorld): number;
}

/** A service, its runtime, its gateways and its row in the database, with the rules that must hold checked at every effect. */
export class SimulatedWorld {
  now = 1_000_000;
  generation = 0;
  desired: ReleaseId | null = null;
  live: ReleaseId | null = null;
  deleted = false;
  removed = false;
  engineAway = false;
  placementFull = false;
  roomIsNeeded = false;
  /** Each replica holds one of these until it is gone; null: there is room for all. */
  readonly gpus: number | null;
  readonly shared: SharedGpus | null;
  rollouts: SimulatedRollout[] = [];
  releases = new Map<ReleaseId, PlannedRelease & { behaviour: Behaviour }>();
  replicas: SimulatedReplica[] = [];
  gateways: SimulatedGateway[] = ['a', 'b'].map((id) => ({
    id,
    silentSince: null,
    acked: 0,
    serves: new Set<string>(),
  }));
  tables: { version: number; serves: ReadonlySet<string>; release: ReleaseId | null }[] = [];
  seenGeneration = 0;
  /** Lost with the scheduler. */
  memory = {
    retiring: new Set<ReleaseId>(),
    placement: undefined as ServiceState['placement'],
    placementFor: '',
    refusal: null as Refusal | null,
    liveRefusal: null as Refusal | null,
    askedAt: null as number | null,
    seenSince: null as number | null,
    waitsForRoomSince: null as number | null,
  };
  made = 0;

  constructor(gpus: number | null = null, shared: SharedGpus | null = null) {
    this.gpus = gpus;
    this.shared = shared;
  }

  get active(): SimulatedRollout | null {
    const active = this.rollouts.filter((rollout) => !rolloutEnds.includes(rollout.phase));
    expect(active.length, 'active rollouts').toBeLessThanOrEqual(1);
    return active[0] ?? null;
  }

  setOf(release: ReleaseId | null): ReleaseId | null {
    return release === null ? null : (this.releases.get(release)?.replicaSet ?? null);
  }

  start(release: ReleaseId, cause: string): void {
    const active = this.active;
    if (active) this.move(active, 'superseded');
    this.generation += 1;
    this.memory.askedAt = null;
    this.memory.refusal = null;
    this.memory.waitsForRoomSince = null;
    this.desired = release;
    this.made += 1;
    this.rollouts.push({
      id: `rol_${this.made}` as const,
      release,
      from: this.live,
      generation: this.generation,
      cause,
      phase: 'pending',
      strategy: null,
      pausedFrom: null,
      pauseRequested: false,
      abortRequested: false,
      preparedAt: null,
      routeVersion: null,
      liveAt: null,
      isWatched: true,
    });
  }

  deploy(behaviour: Behaviour, replicas: number, share: boolean): void {
    this.made += 1;
    const id: ReleaseId = `rel_${this.made}` as const;
    const live = this.live === null ? undefined : this.releases.get(this.live);
    const replicaSet = share && live ? live.replicaSet : id;
    this.releases.set(id, {
      id,
      number: this.made,
      replicaSet,
      replicas: share && live ? live.replicas : replicas,
      startupTimeoutMs: 30 * second,
      drainTimeoutMs: 10 * second,
      staysWithVolume: false,
      behaviour: share && live ? live.behaviour : behaviour,
    });
    this.start(id, 'push');
  }

  move(rollout: SimulatedRollout, to: RolloutPhase): void {
    expect(rolloutMoves[rollout.phase], `${rollout.phase} -> ${to}`).toContain(to);
    rollout.phase = to;
  }

  state(): ServiceState {
    const rollout = this.active;
    const last = this.rollouts.filter((each) => each.liveAt !== null).at(-1);
    const isWatched =
      last &&
      last.liveAt !== null &&
      last.from !== null &&
      last.generation === this.generation &&
      last.release === this.live &&
      last.cause !== 'restore' &&
      last.isWatched;
    return {
      now: this.now,
      deleted: this.deleted,
      generation: this.generation,
      desired: this.desired,
      live: this.live,
      rollout: rollout && { ...rollout },
      watched:
        isWatched && last.liveAt !== null && last.from !== null
          ? { id: last.id, from: last.from, liveAt: last.liveAt, until: last.liveAt + watchMs }
          : null,
      releases: new Map(this.releases),
      replicas: this.observed(),
      gateways: this.gateways.map((gateway) => ({
        id: gateway.id,
        ackedVersion: gateway.acked,
        lastSeenAt: gateway.silentSince ?? this.now,
      })),
      drained: this.drained(),
      retiring: new Set(this.memory.retiring),
      placement: this.memory.placementFor === rollout?.id ? this.memory.placement : undefined,
      refusal: this.memory.refusal,
      liveRefusal: this.memory.liveRefusal,
      roomIsNeeded: this.roomIsNeeded,
      askedAt: this.memory.askedAt,
      seenSince: this.memory.seenSince ?? this.now,
    };
  }

  /** What the scheduler goes by: the engine's word, but for what it is taking away itself. */
  observed(): SimulatedReplica[] {
    return this.replicas.map((replica) =>
      this.memory.retiring.has(replica.replicaSet) ? { ...replica, health: 'stopping' } : { ...replica },
    );
  }

  /** Some gateways say at once that nothing is left to wait for, every other second. */
  drained(): Set<string> {
    const serves = this.gateways
      .filter((gateway) => gateway.silentSince === null)
      .flatMap((gateway) => [...gateway.serves]);
    const left = this.replicas.filter((replica) => !replica.routed && !serves.includes(replica.id));
    return new Set(this.now % (2 * second) === 0 ? left.map((replica) => replica.id) : []);
  }

  /** Executes as the engine does: the actions in order, then the move, each only if nobody moved the service on since. */
  execute(plan: RolloutPlan, generation: number, phase: RolloutPhase | null, actions: number): void {
    for (const action of plan.actions.slice(0, actions)) this.act(action, generation);
    if (actions < plan.actions.length) return;
    const rollout = this.active;
    if (this.generation !== generation || (rollout?.phase ?? null) !== phase) return;
    if (plan.takeBack) {
      const back = this.rollouts.filter((each) => each.liveAt !== null).at(-1)?.from;
      expect(back, 'something to go back to').toBeTruthy();
      if (back) this.start(back, 'restore');
      return;
    }
    const watched = this.rollouts.filter((each) => each.liveAt !== null).at(-1);
    if (plan.endWatch && watched) watched.isWatched = false;
    if (!plan.move || !rollout) return;
    if (plan.move.to === 'draining') this.promote(rollout);
    if (plan.move.to === 'preparing') rollout.preparedAt ??= this.now;
    if (plan.move.to === 'preparing') rollout.strategy = plan.move.strategy ?? rollout.strategy;
    if (plan.move.to === 'shifting' && rollout.phase === 'preparing') rollout.routeVersion = null;
    if (plan.move.to === 'aborting') rollout.routeVersion = null;
    if (plan.move.to === 'paused') rollout.pausedFrom = plan.move.from;
    this.move(rollout, plan.move.to);
    if (plan.move.to === 'preparing' && rollout.strategy === 'hand_over') this.publish();
    if (plan.move.to === 'aborted') {
      this.desired = this.live;
      this.generation += 1;
    }
  }

  promote(rollout: SimulatedRollout): void {
    const set = this.setOf(rollout.release);
    expect(
      this.replicas.some(
        (replica) => replica.replicaSet === set && replica.health === 'ready' && replica.leavingSince === null,
      ),
      'ready, and to stay, when promoted',
    ).toBe(true);
    for (const gateway of this.gateways) {
      if (gateway.silentSince !== null && this.now - gateway.silentSince > gatewaySilenceMs) continue;
      const table = this.tables.find((each) => each.version === gateway.acked);
      expect(table?.release, `gateway ${gateway.id} routes to the release that goes live`).toBe(rollout.release);
    }
    rollout.liveAt = this.now;
    this.live = rollout.release;
  }

  act(action: RolloutAction, generation: number): void {
    if (action.kind === 'check_placement') {
      this.memory.placementFor = this.active?.id ?? '';
      this.memory.placement = this.findPlacement();
    } else if (action.kind === 'publish') this.publish();
    else if (action.kind === 'apply') this.apply(action.replicaSet, generation, action);
    else if (action.kind === 'retire') this.retire(action.replicaSet, generation);
    else this.removed = true;
  }

  /** By the same rules as the engine: see its `findPlacement`. */
  findPlacement(): ServiceState['placement'] {
    if (this.placementFull) return { reason: 'no_gpu_here', message: 'no GPU here' };
    const target = this.setOf(this.active?.release ?? null);
    const live = this.setOf(this.live);
    const stands = (set: ReleaseId | null) => this.observed().some((each) => each.replicaSet === set && standing(each));
    const wanted = this.releases.get(target as ReleaseId)?.replicas ?? 0;
    if (this.shared !== null && !stands(target))
      return this.findSharedPlacement(this.shared, wanted, live === null || stands(live));
    if (this.gpus === null || stands(target)) return { strategy: 'side_by_side' };
    if (wanted > this.gpus) return { reason: 'gpu_insufficient', message: 'too few' };
    const fits = (live === null || stands(live)) && this.replicas.length + wanted <= this.gpus;
    return { strategy: fits ? 'side_by_side' : 'hand_over' };
  }

  private findSharedPlacement(shared: SharedGpus, wanted: number, liveStands: boolean): ServiceState['placement'] {
    const isRefused = shared.places(this, 'others') < wanted;
    if (!isRefused && liveStands && shared.places(this, 'all') >= wanted) return { strategy: 'side_by_side' };
    this.memory.waitsForRoomSince ??= this.now;
    const mayWait = this.now - this.memory.waitsForRoomSince <= 120 * second && shared.places(this, 'none') >= wanted;
    if (mayWait && shared.ask(this) > 0) return { waitsFor: 'room', message: 'just being freed' };
    return isRefused ? { reason: 'gpu_insufficient', message: 'too few' } : { strategy: 'hand_over' };
  }

  publish(): void {
    const rollout = this.active;
    const release = this.deleted ? null : decideServing(this.live, rollout);
    const set = this.setOf(release);
    const routed = set === null ? [] : this.routable(set);
    const serves = new Set(routed.map((replica) => replica.id));
    const last = this.tables.at(-1);
    const same =
      last &&
      last.release === release &&
      last.serves.size === serves.size &&
      [...serves].every((id) => last.serves.has(id));
    const version = same ? last.version : (last?.version ?? 0) + 1;
    if (!same) this.tables.push({ version, serves, release });
    for (const replica of this.replicas) {
      if (serves.has(replica.id)) Object.assign(replica, { routed: true, unroutedVersion: null, unroutedAt: null });
      else if (replica.routed)
        Object.assign(replica, { routed: false, unroutedVersion: version, unroutedAt: this.now });
      const mayServe = replica.everReady && replica.leavingSince === null;
      expect(!serves.has(replica.id) || mayServe, 'only replicas that were ready, and stay, are routed').toBe(true);
    }
    if (rollout && rollout.routeVersion === null && ['shifting', 'aborting'].includes(rollout.phase))
      rollout.routeVersion = version;
  }

  /** As `makeRoutes` does it. */
  routable(set: ReleaseId): readonly SeenReplica[] {
    const its = this.observed().filter((replica) => replica.replicaSet === set);
    const known = its.map((replica) => ({ ...replica, isLeaving: replica.leaving !== null }));
    return routableReplicas(known, this.releases.get(set)?.replicas ?? 1);
  }

  apply(set: ReleaseId, generation: number, { beside = [], evictable = [], goes = [] }: Partial<KeptBeside>): void {
    if (this.engineAway || generation < this.seenGeneration) return;
    this.seenGeneration = generation;
    expect(this.memory.retiring.has(set), 'nothing is started while it is being removed').toBe(false);
    if (set === this.setOf(this.active?.release ?? null)) this.memory.askedAt ??= this.now;
    const wanted = (this.releases.get(set)?.replicas ?? 0) + beside.length;
    for (const replica of this.replicas.filter(({ id }) => evictable.includes(id)))
      if (replica.leaving !== null) replica.leaving = { ...replica.leaving, isHeld: false };
    this.letGo(set, wanted, goes);
    const missing =
      wanted - this.replicas.filter((each) => each.replicaSet === set && each.health !== 'stopping').length;
    if (this.gpus !== null && this.replicas.length + missing > this.gpus) {
      const refusal = { reason: 'gpu_insufficient', message: 'all are held' } as const;
      if (set === this.setOf(this.active?.release ?? null)) this.memory.refusal = refusal;
      if (set === this.setOf(this.live)) this.memory.liveRefusal = refusal;
      return;
    }
    if (set === this.setOf(this.live)) this.memory.liveRefusal = null;
    while (
      this.replicas.filter((replica) => replica.replicaSet === set && replica.health !== 'stopping').length < wanted
    ) {
      this.made += 1;
      this.replicas.push({
        id: `c${this.made}`,
        name: `c${this.made}`,
        replicaSet: set,
        health: 'starting',
        healthSince: this.now,
        hasAddress: true,
        createdAt: this.now,
        startedAt: this.shared === null || this.shared.place(this, `c${this.made}`) ? this.now : null,
        restarts: 0,
        exitCode: null,
        outOfMemory: false,
        message: null,
        routed: false,
        unroutedVersion: null,
        unroutedAt: null,
        leaving: null,
        everReady: false,
        leavingSince: null,
      });
    }
  }

  /** Those that are named are the first to go where there are too many, then the youngest. */
  letGo(set: ReleaseId, wanted: number, named: readonly string[]): void {
    const standing = this.replicas.filter(
      (each) => each.replicaSet === set && each.health !== 'stopping' && each.leavingSince === null,
    );
    const goes = ({ id }: SimulatedReplica) => named.includes(id);
    const inOrder = [...standing.filter((each) => !goes(each)), ...standing.filter(goes)];
    for (const replica of inOrder.slice(wanted)) {
      const isSent = this.gateways.some((gateway) => this.listens(gateway) && gateway.serves.has(replica.id));
      if (replica.health === 'ready' && !replica.leaving?.isLost)
        expect(isSent, 'no gateway sends requests to what is let go').toBe(false);
      replica.leavingSince = this.now;
    }
  }

  private listens({ silentSince }: SimulatedGateway): boolean {
    return silentSince === null || this.now - silentSince <= gatewaySilenceMs;
  }

  retire(set: ReleaseId, generation: number): void {
    if (this.engineAway || generation !== this.generation) return;
    const givesWay = this.active?.strategy === 'hand_over';
    expect(this.deleted || givesWay || set !== this.setOf(this.live), 'the live release is not retired').toBe(true);
    for (const replica of this.replicas.filter((each) => each.replicaSet === set)) {
      for (const gateway of this.gateways) {
        const counts = gateway.silentSince === null || this.now - gateway.silentSince <= gatewaySilenceMs;
        if (counts) expect(gateway.serves.has(replica.id), 'no gateway sends requests to what is retired').toBe(false);
      }
      replica.leavingSince ??= this.now;
    }
    this.memory.retiring.add(set);
  }

  tick(seconds: number): void {
    for (let i = 0; i < seconds; i += 1) {
      this.now += second;
      if (this.engineAway) continue;
      // What is being stopped looks so a second later, and is gone after another; then the removal ends.
      this.replicas = this.replicas.filter((replica) => replica.health !== 'stopping');
      for (const replica of this.replicas.filter((each) => each.leavingSince !== null)) this.beginToStop(replica);
      for (const set of this.memory.retiring)
        if (!this.replicas.some((replica) => replica.replicaSet === set)) this.memory.retiring.delete(set);
      for (const replica of this.replicas) this.behave(replica);
    }
  }

  beginToStop(replica: SimulatedReplica): void {
    Object.assign(replica, { health: 'stopping', healthSince: this.now });
  }

  behave(replica: SimulatedReplica): void {
    if (replica.health === 'stopping') return;
    if (replica.startedAt === null && !this.shared?.place(this, replica.id)) return;
    replica.startedAt ??= this.now;
    const behaviour = this.releases.get(replica.replicaSet)?.behaviour ?? 'well';
    const age = (this.now - (replica.startedAt ?? this.now)) / second;
    const isLive = this.setOf(this.live) === replica.replicaSet;
    let health: SeenReplica['health'] = replica.health;
    if (behaviour === 'well') health = age >= 1 ? 'ready' : 'starting';
    if (behaviour === 'slow') health = age >= 20 ? 'ready' : 'starting';
    if (behaviour === 'flaky') health = age < 1 ? 'starting' : this.now % 7_000 === 0 ? 'unready' : 'ready';
    if (behaviour === 'dies_when_live') health = isLive && age > 8 ? 'exited' : age >= 1 ? 'ready' : 'starting';
    if (behaviour === 'crashes' || behaviour === 'out_of_memory') health = age >= 1 ? 'exited' : 'starting';
    // The runtime starts what ended again, a second later.
    if (replica.health === 'exited') {
      Object.assign(replica, { restarts: replica.restarts + 1, startedAt: this.now });
      health = 'starting';
    }
    if (health === 'exited') Object.assign(replica, { exitCode: 1, outOfMemory: behaviour === 'out_of_memory' });
    if (health === 'ready') replica.everReady = true;
    if (health !== replica.health) Object.assign(replica, { health, healthSince: this.now });
  }

  /** Answers whether anything changed by it. */
  plan(actions: number): boolean {
    if (this.engineAway) {
      Object.assign(this.memory, { askedAt: null, seenSince: null });
      return false;
    }
    this.memory.seenSince ??= this.now;
    const before = this.fingerprint();
    const state = this.state();
    this.execute(planRollout(state), state.generation, state.rollout?.phase ?? null, actions);
    return this.fingerprint() !== before;
  }

  private fingerprint(): string {
    const { placement, refusal, retiring } = this.memory;
    const { generation, live, removed, rollouts, replicas, tables } = this;
    return JSON.stringify([
      generation,
      live,
      removed,
      rollouts,
      replicas,
      tables.length,
      placement,
      refusal,
      [...retiring],
    ]);
  }

  gatewayTakes(gateway: SimulatedGateway): void {
    const table = this.tables.at(-1);
    if (!table || gateway.silentSince !== null) return;
    gateway.acked = table.version;
    gateway.serves = table.serves;
  }

  step(step: Step): void {
    const active = this.active;
    if (step.do === 'tick') this.tick(step.seconds);
    else if (step.do === 'plan') this.plan(step.actions);
    else if (step.do === 'scheduler_dies') this.schedulerDies();
    else if (step.do === 'engine_away' || step.do === 'engine_back') this.turnEngine(step.do === 'engine_away');
    else if (step.do === 'room_needed') this.roomIsNeeded = !this.roomIsNeeded;
    else if (step.do === 'placement_full') this.placementFull = !this.placementFull;
    else if ('gateway' in step) this.gatewayStep(step.do, this.gateways[step.gateway % 2]);
    else if (this.deleted) return;
    else if (step.do === 'deploy') this.deploy(step.behaviour, step.replicas, false);
    else if (step.do === 'deploy_same') this.deploy('well', 1, true);
    else if (step.do === 'delete') this.deleted = true;
    else if (step.do === 'roll_back') this.rollBack();
    else if (active) this.ask(active, step.do);
  }

  /** Until another one looks, the engine has long begun with what this one asked it for. */
  schedulerDies(): void {
    for (const replica of this.replicas.filter((each) => each.leavingSince !== null)) this.beginToStop(replica);
    this.memory = {
      retiring: new Set(),
      placement: undefined,
      placementFor: '',
      refusal: null,
      liveRefusal: null,
      askedAt: null,
      seenSince: null,
      waitsForRoomSince: null,
    };
  }

  turnEngine(away: boolean): void {
    this.engineAway = away;
    // The scheduler looks every two seconds while it is away, and notices.
    if (away) this.plan(0);
  }

  ask(active: SimulatedRollout, what: 'abort' | 'pause' | 'resume'): void {
    if (active.phase === 'draining' || active.phase === 'aborting') return;
    if (what === 'abort') active.abortRequested = true;
    else active.pauseRequested = what === 'pause';
  }

  rollBack(): void {
    const earlier = this.rollouts.filter((rollout) => rollout.liveAt !== null && rollout.release !== this.live).at(-1);
    if (earlier) this.start(earlier.release, 'rollback');
  }

  gatewayStep(what: 'gateway_takes' | 'gateway_silent' | 'gateway_back', gateway: SimulatedGateway | undefined): void {
    if (!gateway) return;
    if (what === 'gateway_takes') this.gatewayTakes(gateway);
    else if (what === 'gateway_silent') gateway.silentSince ??= this.now;
    else {
      gateway.silentSince = null;
      this.gatewayTakes(gateway);
    }
  }

  /** Everything answers again and nobody asks for anything new. */
  settle(): void {
    this.engineAway = false;
    const active = this.active;
    if (active) active.pauseRequested = false;
    for (const gateway of this.gateways) this.gatewayStep('gateway_back', gateway);
    // Quiet for longer than a release is watched: nothing will come any more.
    for (let i = 0, quiet = 0; i < 400 && quiet <= watchMs / second + 1; i += 1) {
      let busy = this.active !== null;
      while (this.plan(99) && !this.removed) {
        busy = true;
        if (this.replicas.some((replica) => replica.health === 'exited')) break;
      }
      quiet = busy ? 0 : quiet + 1;
      for (const gateway of this.gateways) this.gatewayTakes(gateway);
      this.tick(1);
    }
  }
}
