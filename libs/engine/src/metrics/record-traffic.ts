import { type EpochMs, type MetricFact, noSums, resolutions, slotMs, startOfSlot, toMetricRows } from '@sconce/core';
import { addMetrics, advanceMetricSource, announceMetrics, lockMetricSource, type Tx } from '@sconce/db';
import type { Deps } from '../deps.ts';

/** What a gateway counted in one slot, as the link brings it. */
export interface TrafficSample {
  readonly sequence: number;
  readonly at: EpochMs;
  readonly items: readonly {
    readonly service: string;
    readonly release: string;
    readonly replica: string;
    readonly answers: readonly [number, number, number, number, number, number];
    readonly ownErrors: number;
    readonly inFlight: number;
    readonly waiting: number;
    readonly latency: readonly number[];
  }[];
}

export interface TrafficReport {
  readonly gateway: string;
  readonly boot: string;
  readonly samples: readonly TrafficSample[];
}

/** Samples of a clock that is wrong by more than this are counted where they arrive. */
const clockToleranceMs = 60_000;

/** Adds what gateways counted to the history, each sample exactly once, however often and to whichever scheduler it is said. */
export async function recordTraffic(deps: Deps, reports: readonly TrafficReport[]): Promise<void> {
  const now = deps.clock.now();
  // Always in one order: two schedulers that write of two gateways do not wait for each other.
  const ordered = reports.toSorted((a, b) => (a.gateway < b.gateway ? -1 : a.gateway > b.gateway ? 1 : 0));
  await deps.db.transaction(async (tx) => {
    const facts: MetricFact[] = [];
    for (const report of ordered) {
      const fresh = await takeFresh(tx, report, new Date(now));
      facts.push(...fresh.flatMap((sample) => toFacts(sample, now)));
    }
    await addMetrics(tx, toMetricRows(facts));
    if (facts.length > 0) await announceMetrics(tx);
  });
}

async function takeFresh(tx: Tx, report: TrafficReport, at: Date): Promise<readonly TrafficSample[]> {
  const last = await lockMetricSource(tx, report.gateway, report.boot, at);
  const fresh = report.samples.filter((sample) => sample.sequence > last);
  const newest = Math.max(last, ...fresh.map((sample) => sample.sequence));
  if (newest > last) await advanceMetricSource(tx, report.gateway, newest);
  return fresh;
}

function toFacts(sample: TrafficSample, now: EpochMs): MetricFact[] {
  const isPossible = sample.at <= now + clockToleranceMs && sample.at > now - resolutions[0].keptMs;
  const at = startOfSlot(isPossible ? sample.at : now - slotMs);
  return sample.items.map(({ service, release, replica, ...counts }) => ({
    at,
    service,
    release,
    replica,
    sums: { ...noSums, ...counts },
  }));
}
