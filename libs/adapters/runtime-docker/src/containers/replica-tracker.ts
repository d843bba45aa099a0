import type { Readable } from 'node:stream';
import type { ServiceId } from '@sconce/core';
import type { Log } from '@sconce/foundation';
import type { Clock } from '@sconce/ports';
import type { ContainerFacts, Engine } from '../engine/engine.ts';
import { isNotFound } from '../engine/engine-errors.ts';
import { label, parseReplicaLabels } from '../names.ts';
import { createReplicaProber, parseProbe, type ReplicaProber } from '../probing/replica-prober.ts';
import { createLocks } from '../state/locks.ts';
import type { ReadyMarks } from '../state/ready-marks.ts';
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
  adopt(facts: ContainerFacts): void;
  forget(id: string): void;
  lastExit(id: string): LastExit | null;
  listen(listener: (service: ServiceId) => void): () => void;
  notify(service: ServiceId): void;
  stop(): void;
}

export interface TrackerParts {
  readonly engine: Engine;
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly marks: ReadyMarks;
  /** The engine is there, for the first time or again: what was known of it may be wrong. */
  readonly onEngineBack: () => void;
  /** Now and then, when everything is looked at anew. */
  readonly onResync: () => void;
}

const firstRetryMs = 100;
const longestRetryMs = 5_000;
/** Everything is looked at anew so often, also without events: a lost one costs at most this long. */
const resyncMs = 60_000;
const inspectionsAtOnce = 8;

export function createReplicaTracker(parts: TrackerParts): ReplicaTracker {
  const { engine, home, clock, log, marks } = parts;
  const listeners = new Set<(service: ServiceId) => void>();
  const exits = new Map<string, LastExit>();
  const outOfMemory = new Set<string>();
  const services = new Map<string, ServiceId>();
  const locks = createLocks();
  const abort = new AbortController();
  let started: Promise<void> | null = null;

  const notify = (service: ServiceId) => {
    for (const listener of listeners) listener(service);
  };
  const prober = createReplicaProber(clock, marks, notify);

  function adopt(facts: ContainerFacts): void {
    const labels = parseReplicaLabels(facts.Config.Labels ?? {}, home);
    if (labels === null || abort.signal.aborted) return;
    const { Id: id } = facts;
    services.set(id, labels.service);
    const startedAt = processStart(facts);
    const host = replicaHost(facts, labels);
    if (startedAt !== null && host !== null) {
      const probe = parseProbe(labels.probe);
      prober.follow({ id, service: labels.service, startedAt, host, port: labels.port, probe });
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
    services.delete(id);
  }

  async function inspect(id: string): Promise<void> {
    try {
      adopt(await engine.inspectContainer(id));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      forget(id);
    }
  }

  /** After what is still being done for earlier events of the same container. */
  const inspectInTurn = (id: string) => locks.run(id, () => inspect(id));

  async function take(event: ContainerEvent): Promise<void> {
    const { id, action, service } = event;
    if (action === 'oom') outOfMemory.add(id);
    if (action === 'die') {
      prober.unfollow(id);
      exits.set(id, { code: event.exitCode, outOfMemory: outOfMemory.has(id) });
      outOfMemory.delete(id);
    }
    if (action === 'destroy') forget(id);
    if (action === 'start' || action === 'unpause') await inspect(id);
    notify(service);
  }

  /** All of ours on the engine. Hints for every service that was or is there. */
  async function resync(): Promise<void> {
    const containers = await engine.listContainers([`${label.home}=${home}`, `${label.kind}=replica`]);
    const standing = new Set(containers.map(({ Id }) => Id));
    const changed = new Set(services.values());
    for (const id of [...services.keys()]) if (!standing.has(id)) forget(id);
    const rest = containers.map(({ Id }) => Id);
    const lane = async () => {
      for (let id = rest.pop(); id !== undefined && !abort.signal.aborted; id = rest.pop()) await inspectInTurn(id);
    };
    await Promise.all(Array.from({ length: inspectionsAtOnce }, lane));
    for (const service of services.values()) changed.add(service);
    for (const service of changed) notify(service);
  }

  /** Until the stream ends: the engine went, or a look at everything failed. */
  async function followOnce(onBack: () => void): Promise<void> {
    const local = new AbortController();
    const signal = AbortSignal.any([abort.signal, local.signal]);
    // Events first: what happens while everything is looked at is then not missed.
    const events: Readable = await engine.containerEvents([`${label.home}=${home}`, `${label.kind}=replica`], signal);
    try {
      await resync();
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
