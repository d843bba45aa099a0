import { join } from 'node:path';
import type { ServiceId } from '@sconce/core';
import { type EngineAddress, type Log, run as runCommand } from '@sconce/foundation';
import type {
  Clock,
  Execution,
  Housekeeping,
  ObservedReplica,
  PlacementCheck,
  Runtime,
  ServiceRef,
  UsageMeter,
} from '@sconce/ports';
import { checkPlacement, readCapacity } from './capacity.ts';
import { type ApplyParts, applyReplicas, stopReplica } from './containers/apply-replicas.ts';
import { inspectReplica, type ReplicaFacts } from './containers/inspect-replica.ts';
import { sidecarsIn } from './containers/replica-sidecars.ts';
import { createReplicaTracker } from './containers/replica-tracker.ts';
import { findSidecarTrouble, type SidecarTrouble } from './containers/sidecar-trouble.ts';
import type { EngineTraits } from './containers/start-replica.ts';
import { processStart, toObservedReplica } from './containers/to-observed-replica.ts';
import { type ContainerListing, createEngine, type Engine, type EngineInfo } from './engine/engine.ts';
import { isNotFound } from './engine/engine-errors.ts';
import { execInContainer } from './exec/exec-in-container.ts';
import { createGpuInventory } from './gpus/gpu-inventory.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createEnvironmentNetworks, type EnvironmentNetworks, readRoutes } from './isolation/environment-networks.ts';
import { createFirewall, type RunCommand } from './isolation/firewall.ts';
import { makeSeccompProfile } from './isolation/seccomp-profile.ts';
import { followLogs } from './logs/follow-logs.ts';
import { label, parseReplicaLabels } from './names.ts';
import { createSandboxPool } from './sandboxes/sandbox-pool.ts';
import { createServiceNames, type ServiceNames } from './sandboxes/service-names.ts';
import { createGenerationFence } from './state/generation-fence.ts';
import { createLocks } from './state/locks.ts';
import { createReadyMarks } from './state/ready-marks.ts';
import { createDockerUsageMeter } from './usage/docker-usage-meter.ts';

export interface DockerRuntimeOptions {
  readonly engine: EngineAddress;
  /** The installation's id, a label on everything it makes: two installations on one engine never touch each other. */
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Holds what must outlive this process: the highest generation per service, and which replicas have been ready. Shared by all
   * processes of the machine. Null keeps both in memory.
   */
  readonly stateDirectory: string | null;
  /** Runs `iptables` and `nvidia-smi`; tests give their own. */
  readonly run?: RunCommand;
  /** What the engine's machine reaches, as `/proc/net/route`: of this machine, unless a test's engine is in another place. */
  readonly routes?: () => Promise<string>;
}

export interface DockerRuntime extends Runtime, PlacementCheck, Housekeeping, UsageMeter, Execution {
  /** What this machine cannot do for its replicas, in words for a person; empty when all is well. */
  warnings(): readonly string[];
  /** Ends probes, timers and streams. Replicas go on. */
  stop(): Promise<void>;
}

/** Longer waits for a first probe would hold up the whole service for one replica that hangs. */
const firstProbeMs = 1_000;

/**
 * Runs replicas as containers of one Docker Engine (20.10 or later), reached through its addresses on this machine. Probing
 * and following the engine begin with the first `apply`, `observe` or `watch`: a process that only reads logs does neither.
 */
export function createDockerRuntime(options: DockerRuntimeOptions): DockerRuntime {
  const { home, clock } = options;
  const parts = createParts(options);
  const { engine, tracker, firewall, gpus, info } = parts;

  return {
    async apply(target) {
      await tracker.start();
      if (target.replicas > 0) parts.served.set(target.service.service, target.service);
      await applyReplicas(parts, target);
      // Also for a release that never gets ready: it is the one that is soon followed by another.
      if (target.replicas > 0) parts.prepareIn(prepareAnywayAfterMs, target.service.service);
    },
    async observe(service) {
      await tracker.start();
      return observeService(parts, service);
    },
    async retire({ service, release }) {
      // Whoever takes over has the name before this one loses it.
      await parts.names.settled(service.service);
      // Under the lock only until it is known who leaves: a rollback to this release need not wait for the last request.
      const leaving = await parts.locks.run(release, async () => {
        const ofRelease = [`${label.service}=${service.service}`, `${label.release}=${release}`];
        const containers = await engine.listContainers([
          `${label.home}=${home}`,
          `${label.kind}=replica`,
          ...ofRelease,
        ]);
        return containers.map(({ Id }) => ({ stopped: stopReplica(parts, Id) }));
      });
      if (leaving.length > 0) tracker.notify(service.service);
      await Promise.all(leaving.map(({ stopped }) => stopped));
    },
    async watch(onChange, signal) {
      if (signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const unlisten = tracker.listen(onChange);
      signal.addEventListener('abort', () => resolve(), { once: true });
      await tracker.start();
      await promise;
      unlisten();
    },
    logs: (replica, from, signal) => followLogs({ engine, home, clock }, replica, from, signal),
    exec: (request) => execInContainer({ engine, home, clock }, request),
    capacity: async () => readCapacity(await info(), gpus),
    check: async (request) => checkPlacement(await info(), gpus, request),
    ...createHousekeeping(parts),
    ...parts.meter,
    warnings: () => [firewall.warning()].filter((warning) => warning !== null),
    async stop() {
      parts.abort.abort();
      tracker.stop();
    },
  };
}

interface RuntimeParts extends ApplyParts {
  readonly names: ServiceNames;
  readonly networks: EnvironmentNetworks;
  /** Services that this process has run replicas of. */
  readonly served: Map<ServiceId, ServiceRef>;
  readonly abort: AbortController;
  readonly meter: UsageMeter;
  /** Has a sandbox stand ready for the service's next replica, after a while. */
  prepareIn(ms: number, service: ServiceId): void;
  info(): Promise<EngineInfo>;
}

/** The moment in which a release goes live is not shared with preparing for the next. */
const prepareAfterMs = 500;
const prepareAnywayAfterMs = 10_000;

function createParts(options: DockerRuntimeOptions): RuntimeParts {
  const { home, clock, log, stateDirectory, run = runCommand, routes = readRoutes } = options;
  const engine = createEngine(options.engine);
  const info = rememberInfo(engine);
  const inState = (name: string) => (stateDirectory === null ? null : join(stateDirectory, name));
  const networks = createEnvironmentNetworks({ engine, home, routes });
  const isRemote = isRemoteEngine(options.engine);
  const firewall = createFirewall(run, log, async () => ({ notHere: whyRulesDoNotHold(isRemote, await info()) }));
  const sandboxes = createSandboxPool({ engine, home, clock, log, networks, info });
  const served = new Map<ServiceId, ServiceRef>();
  const abort = new AbortController();
  const names = createServiceNames({ engine, clock, signal: abort.signal }, networks);
  const tidy = () => {
    void firewall.ensure();
    sandboxes.tidy().catch((error: unknown) => log.debug({ err: error }, 'sandboxes were not looked through'));
  };
  const waiting = new Set<string>();
  const prepareIn = (ms: number, service: ServiceId) => {
    const turn = `${service} ${ms}`;
    if (waiting.has(turn)) return;
    waiting.add(turn);
    const prepare = async () => {
      await clock.sleep(ms, abort.signal);
      waiting.delete(turn);
      const ref = served.get(service);
      if (ref !== undefined) await sandboxes.prepare(ref);
    };
    prepare().catch(() => undefined); // The process is ending.
  };
  const tracker = createReplicaTracker({
    engine,
    home,
    clock,
    log,
    marks: createReadyMarks(inState('ready'), log),
    onReady(replica) {
      names.give(replica).catch((error: unknown) => {
        if (!abort.signal.aborted)
          log.warn(
            { err: error, service: replica.service },
            "a replica is not known by its service's name; trying again",
          );
      });
      prepareIn(prepareAfterMs, replica.service);
    },
    onEngineBack: () => {
      networks.forget();
      tidy();
    },
    onResync: tidy,
  });
  const gpus = createGpuInventory(engine, run, clock, isRemote);
  const meter = createDockerUsageMeter({
    ...{ engine, gpus, run, isRemote, info, clock, tracker },
  });
  return {
    engine,
    home,
    meter,
    clock,
    log,
    sandboxes,
    names,
    networks,
    served,
    abort,
    prepareIn,
    tracker,
    firewall,
    info,
    engineTraits: rememberTraits(info),
    fence: createGenerationFence(inState('generations')),
    gpus,
    locks: createLocks(),
    leaving: new Set<string>(),
  };
}

function rememberTraits(info: () => Promise<EngineInfo>): () => Promise<EngineTraits> {
  let known: EngineTraits | null = null;
  return async () => {
    const { hasInit, hasOwnSeccomp, architecture } = await info();
    known ??= { hasInit, seccomp: hasOwnSeccomp ? makeSeccompProfile(architecture) : null };
    return known;
  };
}

/** Asked once: an engine's machine does not change under it. */
function rememberInfo(engine: Engine): () => Promise<EngineInfo> {
  let known: Promise<EngineInfo> | null = null;
  return () => {
    const asked = known ?? engine.info();
    known = asked;
    asked.catch(() => {
      known = null;
    });
    return asked;
  };
}

async function observeService(parts: RuntimeParts, service: ServiceRef): Promise<readonly ObservedReplica[]> {
  const { engine, home, tracker, leaving } = parts;
  // Those that are known are looked at while the engine lists: most often there are no others.
  const known = new Map(
    tracker.replicasOf(service.service).map(({ id, sandbox }) => [id, factsOf(engine, id, sandbox)]),
  );
  const [ofService, { name: node }] = await Promise.all([
    engine.listContainers([`${label.home}=${home}`, `${label.service}=${service.service}`]),
    parts.info(),
  ]);
  const containers = ofService.filter(({ Labels }) => Labels[label.kind] === 'replica');
  const observed = await Promise.all(
    containers.map(async ({ Id: id, Labels }) => {
      const facts = await (known.get(id) ?? factsOf(engine, id, Labels[label.sandbox]));
      if (facts === null) return null;
      tracker.adopt(facts);
      // After a restart of ours a replica that runs for hours is not known yet: it is probed before anything is said of it.
      await tracker.prober.probed(id, firstProbeMs);
      const probe = tracker.prober.state(id, processStart(facts.container) ?? '');
      return toObservedReplica(facts, home, {
        node,
        probe,
        lastExit: tracker.lastExit(id),
        isStopping: leaving.has(id),
        sidecar: await sidecarTrouble(parts, Labels, ofService),
      });
    }),
  );
  const slots = new Map(containers.map(({ Id, Labels }) => [Id, Number(Labels[label.slot])]));
  // In the order of slots: the last ones are those that `apply` removes when there are too many.
  return observed.filter((replica) => replica !== null).sort((a, b) => (slots.get(a.id) ?? 0) - (slots.get(b.id) ?? 0));
}

/** Of a replica with these labels, among all containers of its service. */
async function sidecarTrouble(
  { engine, home, clock }: RuntimeParts,
  labels: Readonly<Record<string, string>>,
  ofService: readonly ContainerListing[],
): Promise<SidecarTrouble | null> {
  const { sidecars = [], sandbox = '' } = parseReplicaLabels(labels, home) ?? {};
  if (sidecars.length === 0) return null;
  const inspected = [...sidecarsIn(sandbox, ofService)].map(async ([name, { Id }]) => {
    const facts = await inspectReplica(engine, Id, '').catch((error: unknown) => {
      if (isNotFound(error)) return null;
      throw error;
    });
    return [name, facts?.container ?? null] as const;
  });
  return findSidecarTrouble(sidecars, new Map(await Promise.all(inspected)), clock.now());
}

/** Null when it is gone. */
function factsOf(engine: Engine, id: string, sandbox: string | undefined): Promise<ReplicaFacts | null> {
  const facts = inspectReplica(engine, id, sandbox).catch((error: unknown) => {
    if (isNotFound(error)) return null;
    throw error;
  });
  // Awaited where the engine lists it; where it does not, nobody asks.
  facts.catch(() => undefined);
  return facts;
}

function isRemoteEngine(address: EngineAddress): boolean {
  return 'host' in address && !['127.0.0.1', '::1', 'localhost'].includes(address.host);
}

function whyRulesDoNotHold(isRemote: boolean, info: EngineInfo): string | null {
  if (isRemote) return 'the container engine is on another machine';
  if (info.isRootless) return 'the container engine runs without root';
  if (/docker desktop/i.test(info.operatingSystem)) return 'the container engine runs in a virtual machine';
  return null;
}
