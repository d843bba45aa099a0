import type { BuildId } from '@sconce/core';
import {
  abandonDelivery,
  type BuildWorkspaces,
  type Deps,
  keepPackagesKnown,
  keepRepositoriesTidy,
  openBuildWorkspaces,
  processDelivery,
  type RunBuildDeps,
  runBuild,
  runOutboxRelay,
  type SourceHosts,
  sweepUnfinished,
  watchCancels,
} from '@sconce/engine';
import { newId, type Running } from '@sconce/foundation';
import type { Builder, BuildLimits, ImageRegistry, PackageReader, SecretOpener, SecretSealer } from '@sconce/ports';
import type { Queue } from '@sconce/queue';

/** Everything a worker is made of; `wiring.ts` chooses the adapters. */
export interface WorkerParts extends Deps {
  readonly queue: Queue;
  readonly sources: SourceHosts;
  readonly builder: Builder;
  readonly images: ImageRegistry;
  readonly packageReader: PackageReader;
  readonly secretOpener: SecretOpener;
  readonly variableSealer: SecretSealer;
  readonly settings: WorkerSettings;
}

export interface WorkerSettings {
  /** Where commits are written for building; private to workers. */
  readonly workDirectory: string;
  readonly buildsAtOnce: number;
  readonly limits: BuildLimits;
  /** A worker that is silent for this long has lost its builds. */
  readonly leaseMs: number;
  readonly sweepEveryMs: number;
  /** Unfinished for longer than this counts as forgotten by the queue. */
  readonly forgottenAfterMs: number;
  /** How often repositories that are stored here are tidied. */
  readonly tidyEveryMs: number;
  /** How often is looked for an image whose packages are not known. */
  readonly readPackagesEveryMs: number;
}

const deliveriesAtOnce = 8;
const stopGraceMs = 15_000;

/** Takes messages, relays the outbox and sweeps, until it is stopped; what it has begun then is finished or given back. */
export async function startWorker(parts: WorkerParts): Promise<Running> {
  const { queue, settings } = parts;
  const stopping = new AbortController();
  const workspaces = openBuildWorkspaces(settings.workDirectory);
  const cancels = watchCancels(parts, stopping.signal);
  const holder = newId('wrk');
  const builds: RunBuildDeps = {
    ...parts,
    workspaces,
    cancels,
    holder,
    limits: settings.limits,
    leaseMs: settings.leaseMs,
  };
  await sweepWorkspaces(parts, workspaces);
  queue.consume(
    'process-delivery',
    async ({ delivery }, signal, attempt) => {
      try {
        const queued = await processDelivery(parts, delivery, signal);
        // Their outbox lines stand; this only spares them the way through the relay.
        const messages = queued.map((build) => ({ message: 'run-build', payload: { build }, key: build }));
        await queue.send(queue.handOver(messages)).catch(() => {});
      } catch (error) {
        if (!attempt.isLast || signal.aborted) throw error;
        await abandonDelivery(parts, delivery, error);
      }
    },
    { concurrency: deliveriesAtOnce },
  );
  queue.consume('run-build', ({ build }, signal) => runBuild(builds, build as BuildId, signal), {
    concurrency: settings.buildsAtOnce,
  });
  const loops = [
    runOutboxRelay(parts, stopping.signal),
    runSweeper(parts, stopping.signal),
    keepRepositoriesTidy(parts, { holder, everyMs: settings.tidyEveryMs }, stopping.signal),
    keepPackagesKnown(parts, settings.readPackagesEveryMs, stopping.signal),
  ];
  parts.log.info({ holder, buildsAtOnce: settings.buildsAtOnce }, 'worker started');
  return {
    stop: async () => {
      stopping.abort();
      await queue.close(stopGraceMs);
      await Promise.all(loops);
      await workspaces.close();
      parts.log.info({ holder }, 'worker stopped');
    },
  };
}

async function sweepWorkspaces(parts: WorkerParts, workspaces: BuildWorkspaces): Promise<void> {
  const removed = await workspaces.sweep();
  if (removed > 0) parts.log.info({ removed }, 'work directories of dead workers were removed');
}

async function runSweeper(parts: WorkerParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await parts.clock.sleep(parts.settings.sweepEveryMs, signal);
      await sweepUnfinished(parts, parts.settings.forgottenAfterMs);
    } catch (error) {
      if (!signal.aborted) parts.log.warn({ err: error }, 'unfinished work could not be swept');
    }
  }
}
