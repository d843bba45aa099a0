import { join } from 'node:path';
import { type EngineAddress, type Log, run as runCommand } from '@sconce/foundation';
import type { Clock, Housekeeping, ObservedReplica, PlacementCheck, Runtime, ServiceRef } from '@sconce/ports';
import { checkPlacement, readCapacity } from './capacity.ts';
import { type ApplyParts, applyReplicas, stopReplica } from './containers/apply-replicas.ts';
import { createReplicaTracker } from './containers/replica-tracker.ts';
import { processStart, toObservedReplica } from './containers/to-observed-replica.ts';
import { createEngine, type Engine, type EngineInfo } from './engine/engine.ts';
import { isNotFound } from './engine/engine-errors.ts';
import { createGpuInventory } from './gpus/gpu-inventory.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createEnvironmentNetworks } from './isolation/environment-networks.ts';
import { createFirewall, type RunCommand } from './isolation/firewall.ts';
import { followLogs } from './logs/follow-logs.ts';
import { label } from './names.ts';
import { createGenerationFence } from './state/generation-fence.ts';
import { createLocks } from './state/locks.ts';
import { createReadyMarks } from './state/ready-marks.ts';

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
}

export interface DockerRuntime extends Runtime, PlacementCheck, Housekeeping {
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
      await applyReplicas(parts, target);
    },
    async observe(service) {
      await tracker.start();
      return observeService(parts, service);
    },
    async retire({ service, release }) {
      // Under the lock only until it is known who leaves: a rollback to this release need not wait for the last request.
      const leaving = await parts.locks.run(release, async () => {
        const mine = [`${label.home}=${home}`, `${label.service}=${service.service}`, `${label.release}=${release}`];
        const containers = await engine.listContainers(mine);
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
    capacity: async () => readCapacity(await info(), gpus),
    check: async (request) => checkPlacement(await info(), gpus, request),
    ...createHousekeeping(parts),
    warnings: () => [firewall.warning()].filter((warning) => warning !== null),
    async stop() {
      tracker.stop();
    },
  };
}

type RuntimeParts = ApplyParts & { info(): Promise<EngineInfo> };

function createParts(options: DockerRuntimeOptions): RuntimeParts {
  const { home, clock, log, stateDirectory, run = runCommand } = options;
  const engine = createEngine(options.engine);
  const info = rememberInfo(engine);
  const inState = (name: string) => (stateDirectory === null ? null : join(stateDirectory, name));
  const networks = createEnvironmentNetworks(engine, home);
  const isRemote = isRemoteEngine(options.engine);
  const firewall = createFirewall(run, log, async () => ({ notHere: whyRulesDoNotHold(isRemote, await info()) }));
  const tracker = createReplicaTracker({
    engine,
    home,
    clock,
    log,
    marks: createReadyMarks(inState('ready'), log),
    onEngineBack: () => {
      networks.forget();
      void firewall.ensure();
    },
    onResync: () => void firewall.ensure(),
  });
  return {
    engine,
    home,
    clock,
    log,
    networks,
    tracker,
    firewall,
    info,
    hasInit: async () => (await info()).hasInit,
    fence: createGenerationFence(inState('generations')),
    gpus: createGpuInventory(engine, run, clock, isRemote),
    locks: createLocks(),
    leaving: new Set<string>(),
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
  const [containers, { name: node }] = await Promise.all([
    engine.listContainers([`${label.home}=${home}`, `${label.kind}=replica`, `${label.service}=${service.service}`]),
    parts.info(),
  ]);
  const observed = await Promise.all(
    containers.map(async ({ Id: id }) => {
      const facts = await engine.inspectContainer(id).catch((error: unknown) => {
        if (isNotFound(error)) return null;
        throw error;
      });
      if (facts === null) return null;
      tracker.adopt(facts);
      // After a restart of ours a replica that runs for hours is not known yet: it is probed before anything is said of it.
      await tracker.prober.probed(id, firstProbeMs);
      const probe = tracker.prober.state(id, processStart(facts) ?? '');
      return toObservedReplica(facts, home, {
        node,
        probe,
        lastExit: tracker.lastExit(id),
        isStopping: leaving.has(id),
      });
    }),
  );
  const slots = new Map(containers.map(({ Id, Labels }) => [Id, Number(Labels[label.slot])]));
  // In the order of slots: the last ones are those that `apply` removes when there are too many.
  return observed.filter((replica) => replica !== null).sort((a, b) => (slots.get(a.id) ?? 0) - (slots.get(b.id) ?? 0));
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
