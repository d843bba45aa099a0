import type { Readable } from 'node:stream';
import type { ReleaseId, ServiceId } from '@sconce/core';
import type { Log } from '@sconce/foundation';
import type { Clock } from '@sconce/ports';
import type { Engine } from '../engine/engine.ts';
import { isNotFound } from '../engine/engine-errors.ts';
import { label, namesNetworkName, parseReplicaLabels, type ReplicaLabels } from '../names.ts';
import { createReplicaProber, parseProbe, type ReplicaProber } from '../probing/replica-prober.ts';
import type { NamedReplica } from '../sandboxes/service-names.ts';
import { createLocks } from '../state/locks.ts';
import type { ReadyMarks } from '../state/ready-marks.ts';
import { inspectReplica, type ReplicaFacts } from './inspect-replica.ts';
import { type ContainerEvent, readEvents } from './read-events.ts';
import { isRunning, type LastExit, processStart, replicaHost } from './to-observed-replica.ts';

/**
 * Follows the engine's events, has every running replica probed, and tells who listens that something about a service may
 * have changed. Nothing here is the truth: `observe` asks the engine, and takes from here only what the engine cannot know.
 */
export interface ReplicaTracker {
  readonly prober: ReplicaProber;
  /** Begins, once; resolves when marks of earlier are read. */
  start(): Promise<void>;
  /** Takes over what the engine just said of a container. */
  adopt(facts: ReplicaFacts): void;
  forget(id: string): void;
  lastExit(id: string): LastExit | null;
  /** Those that have been heard of; the engine may have others, and these may be gone. */
  replicasOf(service: ServiceId): readonly { readonly id: string; readonly sandbox: string }[];
  /** Resolves after the first look at everything. */
  looked(): Promise<void>;
  /** As far as it is known, and without asking. */
  running(): readonly RunningReplica[];
  listen(listener: (service: ServiceId) => void): () => void;
  notify(service: ServiceId): void;
  stop(): void;
}

export interface RunningReplica {
  readonly id: string;
  /** Of its first process, on the engine's machine. */
  readonly pid: number;
  readonly service: ServiceId;
  readonly release: ReleaseId;
  readonly gpus: readonly string[];
}

export interface TrackerParts {
  readonly engine: Engine;
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly marks: ReadyMarks;
  /** The engine is there, for the first time or again: what was known of it may be wrong. */
  readonly onEngineBack: () => void;
  /** A replica is ready, and does not have its service's name yet. */
  readonly onReady: (replica: NamedReplica) => void;
  /** Now and then, when everything is looked at anew. */
  readonly onResync: () => void;
}

const firstRetryMs = 100;
const longestRetryMs = 5_000;
/** Everything is looked at anew so often, also without events: a lost one costs at most this long. */
const resyncMs = 60_000;
const inspectionsAtOnce = 8;

const pick = ({ service, release, gpus }: ReplicaLabels) => ({ service, release, gpus });

function hasName({ sandbox }: ReplicaFacts, { environment }: NamedReplica): boolean {
  return sandbox?.NetworkSettings.Networks?.[namesNetworkName(environment)] !== undefined;
}

export function createReplicaTracker(parts: TrackerParts): ReplicaTracker {
  const { engine, home, clock, log, marks } = parts;
  const listeners = new Set<(service: ServiceId) => void>();
  const exits = new Map<string, LastExit>();
  const outOfMemory = new Set<string>();
  const known = new Map<string, ReplicaLabels>();
  const pids = new Map<string, number>();
  const firstLook = Promise.withResolvers<void>();
  const locks = createLocks();
  const abort = new AbortController();
  let started: Promise<void> | null = null;

  const notify = (service: ServiceId) => {
    for (const listener of listeners) listener(service);
  };
  const prober = createReplicaProber(clock, marks, ({ id, service }, verdict) => {
    const replica = known.get(id);
    if (verdict === 'ready' && replica !== undefined) parts.onReady(replica);
    notify(service);
  });

  function adopt(replica: ReplicaFacts): void {
    const facts = replica.container;
    const labels = parseReplicaLabels(facts.Config.Labels ?? {}, home);
    if (labels === null || abort.signal.aborted) return;
    const { Id: id } = facts;
    known.set(id, labels);
    if (isRunning(facts)) pids.set(id, facts.State.Pid);
    else pids.delete(id);
    const startedAt = processStart(facts);
    const host = replicaHost(replica, labels);
    if (startedAt !== null && host !== null) {
      const probe = parseProbe(labels.probe);
      prober.follow({ id, service: labels.service, startedAt, host, port: labels.port, probe });
      const isReady = prober.state(id, startedAt)?.verdict === 'ready';
      if (isReady && !hasName(replica, labels)) parts.onReady(labels);
      return;
    }
    prober.unfollow(id);
    if (startedAt === null || isRunning(facts)) return;
    exits.set(id, { code: facts.State.ExitCode, outOfMemory: facts.State.OOMKilled || outOfMemory.has(id) });
  }

  function forget(id: string): void {
    prober.unfollow(id);
    marks.delete(id);
    exits.delete(id);
    outOfMemory.delete(id);
    known.delete(id);
    pids.delete(id);
  }

  async function inspect(id: string): Promise<void> {
    try {
      adopt(await inspectReplica(engine, id));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      forget(id);
    }
  }

  /** After what is still being done for earlier events of the same container. */
  const inspectInTurn = (id: string) => locks.run(id, () => inspect(id));

  async function take(event: ContainerEvent): Promise<void> {
    const { id, action, service, kind } = event;
    if (kind === 'sandbox') {
      if (action === 'die' || action === 'destroy') await lookAtThoseIn(id);
      return;
    }
    if (kind === 'sidecar') return notify(service);
    if (action === 'oom') outOfMemory.add(id);
    if (action === 'die') {
      prober.unfollow(id);
      pids.delete(id);
      exits.set(id, { code: event.exitCode, outOfMemory: outOfMemory.has(id) });
      outOfMemory.delete(id);
    }
    if (action === 'destroy') forget(id);
    if (action === 'start' || action === 'unpause') await inspect(id);
    notify(service);
  }

  /** Their network went with it. */
  async function lookAtThoseIn(sandbox: string): Promise<void> {
    for (const [id, replica] of known) {
      if (replica.sandbox !== sandbox) continue;
      await inspectInTurn(id);
      notify(replica.service);
    }
  }

  /** All of ours on the engine. Hints for every service that was or is there. */
  async function resync(): Promise<void> {
    const containers = await engine.listContainers([`${label.home}=${home}`, `${label.kind}=replica`]);
    const standing = new Set(containers.map(({ Id }) => Id));
    const changed = new Set([...known.values()].map(({ service }) => service));
    for (const id of [...known.keys()]) if (!standing.has(id)) forget(id);
    const rest = containers.map(({ Id }) => Id);
    const lane = async () => {
      for (let id = rest.pop(); id !== undefined && !abort.signal.aborted; id = rest.pop()) await inspectInTurn(id);
    };
    await Promise.all(Array.from({ length: inspectionsAtOnce }, lane));
    for (const { service } of known.values()) changed.add(service);
    for (const service of changed) notify(service);
  }

  /** Until the stream ends: the engine went, or a look at everything failed. */
  async function followOnce(onBack: () => void): Promise<void> {
    const local = new AbortController();
    const signal = AbortSignal.any([abort.signal, local.signal]);
    // Events first: what happens while everything is looked at is then not missed.
    const events: Readable = await engine.containerEvents([`${label.home}=${home}`], signal);
    try {
      await resync();
      firstLook.resolve();
      onBack();
      void repeatResync(signal).catch(() => local.abort());
      await readEvents(events, (event) => {
        locks
          .run(event.id, () => take(event))
          .catch((error: unknown) => {
            log.debug({ err: error, container: event.id }, 'a container event was not followed up');
          });
      });
    } finally {
      local.abort();
    }
  }

  async function repeatResync(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep(resyncMs, signal);
      parts.onResync();
      await resync();
    }
  }

  async function follow(): Promise<void> {
    let retryMs = firstRetryMs;
    let isAway = false;
    while (!abort.signal.aborted) {
      try {
        await followOnce(() => {
          if (isAway) log.info({}, 'the container engine is back');
          isAway = false;
          retryMs = firstRetryMs;
          parts.onEngineBack();
        });
      } catch (error) {
        if (!isAway && !abort.signal.aborted) log.warn({ err: error }, 'the container engine is away; trying again');
        isAway = true;
      }
      await clock.sleep(retryMs, abort.signal).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    }
  }

  return {
    prober,
    start() {
      started ??= marks.load().then(() => void follow());
      return started;
    },
    adopt,
    forget,
    lastExit: (id) => exits.get(id) ?? null,
    replicasOf: (service) =>
      [...known].flatMap(([id, replica]) => (replica.service === service ? [{ id, sandbox: replica.sandbox }] : [])),
    looked: () => firstLook.promise,
    running: () =>
      [...pids].flatMap(([id, pid]) => {
        const replica = known.get(id);
        return replica === undefined ? [] : [{ id, pid, ...pick(replica) }];
      }),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    notify,
    stop() {
      abort.abort();
      prober.stop();
      listeners.clear();
    },
  };
}
