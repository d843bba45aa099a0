import type { EnvironmentId, GpuRequest, Reason, ReleaseId, ServiceId } from '@sconce/core';
import type {
  Clock,
  ExecRequest,
  Execution,
  Housekeeping,
  NodeLeaving,
  NodePool,
  PlacementCheck,
  ReplicaTarget,
  Runtime,
  UsageMeter,
} from '@sconce/ports';
import { ExecRefused, ReplicasRefused, RuntimeUnavailable } from '@sconce/ports';
import { fakeExec } from './fake-exec.ts';
import { createFakeNodes } from './fake-nodes.ts';
import { createFakeReplica, type FakeReplica, type ReplicaBehaviour } from './fake-replica.ts';

export interface FakeMachine {
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  readonly gpus: readonly { readonly id: string; readonly product: string; readonly memoryMiB: number }[];
}

/** What each replica uses for as long as its process runs. */
export interface FakeUse {
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  /** Of each GPU it holds. */
  readonly gpuPercent: number;
  readonly gpuMemoryMiB: number;
}

/** An engine in memory. Several runtimes may share one, as several processes share a real one. */
export interface FakeEngine {
  readonly clock: Clock;
  readonly replicas: ReadonlyMap<string, FakeReplica>;
  /** How replicas of an image behave from their next start on, and sidecars of one from now on; the default is to serve at once. */
  program(image: string, behaviour: ReplicaBehaviour): void;
  /** `apply` of this image throws `ReplicasRefused`; null takes it back. */
  refuse(digest: string, refusal: { readonly reason: Reason; readonly message: string } | null): void;
  /** What replicas of an image use from now on; the default is a tenth of a core and 64 MiB. */
  use(digest: string, use: FakeUse): void;
  /** While away every call throws `RuntimeUnavailable`; replicas go on. */
  setAway(isAway: boolean): void;
  /** As after a restart of the engine: every process starts anew, with another address. */
  restart(): void;
  setMachine(machine: FakeMachine): void;
  /** The nodes that replicas are placed on from now on; at first there is one. */
  setNodes(names: readonly string[]): void;
  /** That a node is to go, or that it stays. One that is to go takes nothing new. */
  setLeaving(node: string, leaving: Omit<NodeLeaving, 'isHeld'> | null): void;
  /** As whoever drains a node does it: ends what is not held there. Answers how many are held yet. */
  evict(node: string): number;
  /** Its replicas are gone with it. */
  loseNode(node: string): void;
  /** Environments that have a network, and the names of their volumes: they stay when the last replica goes. */
  readonly places: ReadonlyMap<EnvironmentId, ReadonlySet<string>>;
}

interface EngineState extends FakeEngine {
  readonly all: Map<string, FakeReplica>;
  readonly places: Map<EnvironmentId, Set<string>>;
  readonly listeners: Set<(service: ServiceId) => void>;
  readonly generations: Map<ServiceId, number>;
  readonly refusals: Map<string, { readonly reason: Reason; readonly message: string }>;
  behaviourOf(digest: string): ReplicaBehaviour;
  useOf(digest: string): FakeUse;
  nextAddress(): string;
  machine(): FakeMachine;
  leavingOf(node: string): Omit<NodeLeaving, 'isHeld'> | null;
  /** The open node with the fewest replicas; null where none is open. */
  openNode(): string | null;
  checkAway(): void;
}

const engines = new WeakMap<FakeEngine, EngineState>();

export function fakeEngine(clock: Clock): FakeEngine {
  const all = new Map<string, FakeReplica>();
  const behaviours = new Map<string, ReplicaBehaviour>();
  const refusals: EngineState['refusals'] = new Map();
  const uses = new Map<string, FakeUse>();
  const nodes = createFakeNodes(all);
  let isAway = false;
  let machine: FakeMachine = { cpuMilli: 8_000, memoryMiB: 32_768, gpus: [] };
  let addresses = 0;
  const state: EngineState = {
    clock,
    all,
    replicas: all,
    refusals,
    places: new Map(),
    listeners: new Set(),
    generations: new Map(),
    program: (digest, behaviour) => void behaviours.set(digest, behaviour),
    behaviourOf: (digest) => behaviours.get(digest) ?? { kind: 'serves' },
    use: (digest, use) => void uses.set(digest, use),
    useOf: (digest) => uses.get(digest) ?? { cpuMilli: 100, memoryMiB: 64, gpuPercent: 50, gpuMemoryMiB: 1_024 },
    refuse: (digest, refusal) => void (refusal === null ? refusals.delete(digest) : refusals.set(digest, refusal)),
    setAway: (value) => {
      isAway = value;
    },
    checkAway: () => {
      if (isAway) throw new RuntimeUnavailable('the fake engine is away');
    },
    restart: () => {
      for (const replica of all.values()) replica.restart();
    },
    setMachine: (value) => {
      machine = value;
    },
    machine: () => machine,
    ...nodes,
    nextAddress: () => {
      addresses += 1;
      return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
    },
  };
  engines.set(state, state);
  return state;
}

/** A runtime that runs nothing: replicas are told how to behave, and time is the clock's. */
export function fakeRuntime(on: FakeEngine): Runtime & PlacementCheck & Housekeeping & UsageMeter & Execution {
  const engine = engines.get(on);
  if (engine === undefined) throw new Error('fakeRuntime takes what fakeEngine made');
  const of = (service: ServiceId, release?: ReleaseId) =>
    [...engine.all.values()]
      .filter(
        (one) => one.target.service.service === service && (release === undefined || one.target.release === release),
      )
      .sort((a, b) => a.slot - b.slot);
  const removeAll = (replicas: readonly FakeReplica[]) => Promise.all(replicas.map((replica) => replica.stop()));
  return {
    apply: async (target) => applyTarget(engine, target, of(target.service.service)),
    observe: async ({ service }) => {
      engine.checkAway();
      return of(service).map((replica) => replica.observe());
    },
    retire: async ({ service, release }) => {
      engine.checkAway();
      await removeAll(of(service.service, release));
    },
    watch: async (onChange, signal) => {
      if (signal.aborted) return;
      engine.listeners.add(onChange);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      engine.listeners.delete(onChange);
    },
    logs: (replica, from, signal) => {
      engine.checkAway();
      const found = engine.all.get(replica.id);
      return found?.target.service.service === replica.service ? found.logs(from, signal) : nothing();
    },
    exec: async (request) => {
      engine.checkAway();
      return execIn(engine.all.get(request.replica.id), request);
    },
    capacity: async () => {
      engine.checkAway();
      return [toPool(engine)];
    },
    check: async ({ gpu, memoryMiB, replicas, service }) => {
      engine.checkAway();
      return checkRequest(engine, gpu, memoryMiB, replicas, service);
    },
    usage: async () => {
      engine.checkAway();
      return readUsage(engine);
    },
    services: async () => [...new Set([...engine.all.values()].map((one) => one.target.service.service))],
    environments: async () => [...engine.places.keys()],
    removeService: async (service) => {
      await removeAll(of(service));
      engine.generations.delete(service);
    },
    removeEnvironment: async (environment, withVolumes) => {
      engine.checkAway();
      await removeAll([...engine.all.values()].filter((one) => one.target.service.environment === environment));
      if (withVolumes || engine.places.get(environment)?.size === 0) engine.places.delete(environment);
    },
  };
}

/** Processor time is what the process would have used since its start. */
function readUsage(engine: EngineState): Awaited<ReturnType<UsageMeter['usage']>> {
  const now = engine.clock.now();
  const replicas = [...engine.all.values()].flatMap((replica) => {
    const { id, service, release, health, startedAt, gpus } = replica.observe();
    if (health === 'exited' || startedAt === null) return [];
    const { cpuMilli, memoryMiB, gpuPercent, gpuMemoryMiB } = engine.useOf(replica.target.image.digest);
    const cpuMs = ((now - Date.parse(startedAt)) * cpuMilli) / 1000;
    const held = gpus.map((gpu) => ({ id: gpu, percent: gpuPercent, memoryMiB: gpuMemoryMiB }));
    return [{ id, service, release, cpuMs, memoryMiB, gpus: held }];
  });
  const gpus = replicas.flatMap((replica) => replica.gpus);
  const sum = (of: (replica: (typeof replicas)[number]) => number) => replicas.reduce((all, one) => all + of(one), 0);
  const memoryMiB = sum((one) => one.memoryMiB);
  const pool = { pool: 'fake', cpuMs: now / 10, memoryMiB, diskUsedMiB: null, gpusHeld: gpus.length, gpus };
  return { replicas, pools: [pool] };
}

async function* nothing(): AsyncGenerator<never> {}

function execIn(replica: FakeReplica | undefined, { replica: ref, sidecar, command, terminal }: ExecRequest) {
  if (replica?.target.service.service !== ref.service) throw new ExecRefused('replica_gone', 'The replica is gone.');
  const names = (replica.target.sidecars ?? []).map(({ name }) => name);
  if (sidecar !== null && !names.includes(sidecar))
    throw new ExecRefused('no_such_container', `The replica has no sidecar ${sidecar}: it has ${names.join(', ')}.`);
  if (replica.observe().address === null)
    throw new ExecRefused('not_running', 'The replica does not run now: nothing can be run in it.');
  return fakeExec(replica.container(sidecar), command, terminal);
}

async function applyTarget(
  engine: EngineState,
  target: ReplicaTarget,
  ofService: readonly FakeReplica[],
): Promise<void> {
  engine.checkAway();
  checkTarget(target);
  const refusal = engine.refusals.get(target.image.digest);
  if (refusal !== undefined) throw new ReplicasRefused(refusal.reason, refusal.message);
  const { service } = target.service;
  const seen = engine.generations.get(service) ?? 0;
  if (target.generation < seen) return;
  engine.generations.set(service, target.generation);
  const { environment } = target.service;
  const volumes = engine.places.get(environment) ?? new Set<string>();
  for (const volume of target.volumes) volumes.add(volume.name);
  engine.places.set(environment, volumes);
  const standing = ofService.filter((one) => one.target.release === target.release);
  const usable = standing.filter((one) => !one.isStopping());
  const { beside = [], evictable = [], goes = [] } = target;
  for (const replica of usable) replica.setHeld(!evictable.includes(replica.id));
  const wanted = target.replicas + usable.filter(({ id }) => beside.includes(id)).length;
  const inOrder = [...usable.filter(({ id }) => !goes.includes(id)), ...usable.filter(({ id }) => goes.includes(id))];
  for (const surplus of inOrder.slice(wanted)) end(engine, surplus);
  const missing = wanted - usable.length;
  if (missing <= 0) return;
  const gpus = takeGpus(engine, target, missing);
  const slots = new Set(standing.map(({ slot }) => slot));
  for (let slot = 0, made = 0; made < missing; slot += 1) {
    if (slots.has(slot)) continue;
    addReplica(engine, target, slot, gpus[made] ?? []);
    made += 1;
  }
}

/** Where its node does not answer, nobody can say that it ended. */
function end(engine: EngineState, replica: FakeReplica): void {
  if (engine.leavingOf(replica.node() ?? '')?.cause === 'lost') replica.lose();
  else void replica.stop();
}

function addReplica(engine: EngineState, target: ReplicaTarget, slot: number, gpus: readonly string[]): void {
  const notify = () => {
    for (const listener of engine.listeners) listener(target.service.service);
  };
  const replica = createFakeReplica({
    clock: engine.clock,
    target,
    slot,
    gpus,
    behaviour: () => engine.behaviourOf(target.image.digest),
    behaviourBeside: (image) => engine.behaviourOf(image),
    nextAddress: engine.nextAddress,
    leavingOf: engine.leavingOf,
    onChange: notify,
    onGone: (id) => engine.all.delete(id),
  });
  engine.all.set(replica.id, replica);
  const node = engine.openNode();
  if (node === null) notify();
  else replica.placeOn(node);
}

/** The few rules that every runtime shares, as far as tests of others meet them. */
function checkTarget(target: ReplicaTarget): void {
  const bad = Object.entries(target.environmentVariables).find(
    ([name, value]) => name === '' || /[=\0]/.test(name) || value.includes('\0'),
  );
  if (bad !== undefined)
    throw new ReplicasRefused('start_failed', `The variable ${JSON.stringify(bad[0])} cannot be given to a process.`);
  const badVolume = target.volumes.find(({ path }) => !path.startsWith('/') || path.split('/').includes('..'));
  if (badVolume !== undefined)
    throw new ReplicasRefused('start_failed', `The volume path ${JSON.stringify(badVolume.path)} has to be absolute.`);
  const sidecars = (target.sidecars ?? []).map(({ name }) => name);
  const badSidecar = sidecars.find((name, index) => name === 'main' || sidecars.indexOf(name) !== index);
  if (badSidecar !== undefined)
    throw new ReplicasRefused('start_failed', `${JSON.stringify(badSidecar)} cannot be the name of a sidecar.`);
  if (!/^sha256:[0-9a-f]{64}$/.test(target.image.digest))
    throw new ReplicasRefused('image_missing', 'No image digest.');
}

function takenGpus(engine: EngineState, except?: ServiceId): Set<string> {
  return new Set(
    [...engine.all.values()].filter((one) => one.target.service.service !== except).flatMap(({ gpus }) => gpus),
  );
}

function fittingGpus(engine: EngineState, request: GpuRequest) {
  const { product, memoryMiB } = request;
  return engine
    .machine()
    .gpus.filter(
      (gpu) => (product === null || gpu.product.split(' ').includes(product)) && gpu.memoryMiB >= (memoryMiB ?? 0),
    );
}

function takeGpus(engine: EngineState, target: ReplicaTarget, replicas: number): readonly (readonly string[])[] {
  const { gpu } = target.resources;
  if (gpu === null) return [];
  const problem = checkRequest(engine, gpu, null, replicas);
  if (problem !== null) throw new ReplicasRefused(problem.reason, problem.message);
  const taken = takenGpus(engine);
  const free = fittingGpus(engine, gpu).filter(({ id }) => !taken.has(id));
  return Array.from({ length: replicas }, (_, index) =>
    free.slice(index * gpu.count, (index + 1) * gpu.count).map(({ id }) => id),
  );
}

function checkRequest(
  engine: EngineState,
  gpu: GpuRequest | null,
  memoryMiB: number | null,
  replicas: number,
  service?: ServiceId,
) {
  const machine = engine.machine();
  if (memoryMiB !== null && memoryMiB > machine.memoryMiB) {
    return { reason: 'memory_insufficient', message: `This machine has ${machine.memoryMiB} MiB.` } as const;
  }
  if (gpu === null) return null;
  if (machine.gpus.length === 0) return { reason: 'no_gpu_here', message: 'This machine has no GPU.' } as const;
  const taken = takenGpus(engine, service);
  const free = fittingGpus(engine, gpu).filter(({ id }) => !taken.has(id));
  if (free.length >= gpu.count * replicas) return null;
  return {
    reason: 'gpu_insufficient',
    message: `This machine has ${machine.gpus.length} GPUs, ${free.length} of them fit and are free.`,
  } as const;
}

function toPool(engine: EngineState): NodePool {
  const { cpuMilli, memoryMiB, gpus } = engine.machine();
  const taken = takenGpus(engine);
  const groups = Map.groupBy(gpus, ({ product }) => product);
  return {
    name: 'fake',
    nodes: 1,
    cpuMilli,
    memoryMiB,
    diskMiB: 100_000,
    diskFreeMiB: 50_000,
    gpus: [...groups].map(([product, own]) => ({
      product,
      memoryMiB: own[0]?.memoryMiB ?? null,
      total: own.length,
      free: own.filter(({ id }) => !taken.has(id)).length,
    })),
  };
}
