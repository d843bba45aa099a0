import {
  arrivalMs,
  type EpochMs,
  type MetricPoint,
  measuredUntil,
  type PoolPoint,
  type ReplicaUsageNow,
  slotMs,
  toFigures,
  toMetricPoints,
  toPoolPoints,
  toReplicaUsage,
} from '@sconce/core';
import {
  type Database,
  type MeasuredPlace,
  readAllMetrics,
  readMeasuredPlaces,
  readPoolMetrics,
  type StoredMetric,
  type StoredPoolMetric,
} from '@sconce/db';
import type { Log } from '@sconce/foundation';
import { type RecentFigures, recentStretch } from '../metrics/recent-figures.ts';

/** What a service did in the slot that just ended. A later one of the same time replaces it: not everything arrives at once. */
export interface Measured {
  readonly place: MeasuredPlace;
  readonly point: MetricPoint;
  readonly recent: RecentFigures;
  readonly replicas: ReadonlyMap<string, ReplicaUsageNow>;
}

/** What was used of a cluster in the slot that just ended, of each of its pools that was measured. */
export interface MeasuredCluster {
  readonly cluster: string;
  readonly at: EpochMs;
  readonly pools: readonly { readonly pool: string; readonly point: PoolPoint }[];
}

export interface MeasuredSlot {
  readonly services: readonly Measured[];
  readonly clusters: readonly MeasuredCluster[];
}

/**
 * Gateways and runtime write one after the other: read once for both. A little later than history takes a slot for whole, so that who asks for history
 * and then hears of the next slot misses none between them.
 */
const gatherMs = arrivalMs + 50;
/** Replicas' last use is looked for so far back. */
const lookBackMs = 3 * slotMs;

/** Live figures. One LISTEN and one reader for the whole process, and only while somebody follows. */
export class MetricFeed {
  readonly #db: Database;
  readonly #log: Log;
  readonly #now: () => EpochMs;
  readonly #waiting = new Set<() => void>();
  /** Services that were told with figures, and are told once more when there are none. */
  #told = new Set<string>();
  #newest: MeasuredSlot = { services: [], clusters: [] };
  #version = 0;
  #followers = 0;
  #gathering: NodeJS.Timeout | null = null;

  constructor(db: Database, log: Log, now: () => EpochMs) {
    this.#db = db;
    this.#log = log;
    this.#now = now;
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#db.listen('sconce_metric', () => this.#announced(), signal);
    if (this.#gathering) clearTimeout(this.#gathering);
  }

  get following(): number {
    return this.#followers;
  }

  /** What every service did and every cluster used, each time there is something new. Who is slow misses what was replaced meanwhile. Ends with the signal. */
  follow(signal: AbortSignal): AsyncGenerator<MeasuredSlot> {
    // From now on, not from the first item that is asked for: nothing is missed in between.
    this.#followers += 1;
    const leave = () => {
      this.#followers -= 1;
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return this.#after(this.#version, signal);
  }

  async *#after(version: number, signal: AbortSignal): AsyncGenerator<MeasuredSlot> {
    for (let seen = version; !signal.aborted; ) {
      if (seen === this.#version) await this.#changed(signal);
      if (seen === this.#version) continue;
      seen = this.#version;
      yield this.#newest;
    }
  }

  #announced(): void {
    if (this.#followers === 0 || this.#gathering) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = null;
      this.#read().catch((error: unknown) => this.#log.warn({ err: error }, 'new figures could not be read'));
    }, gatherMs);
  }

  async #read(): Promise<void> {
    // Not the slot that only just ended: what was announced may be of one long ago.
    const until = measuredUntil(this.#now());
    const { tx } = this.#db;
    const slots = await readAllMetrics(tx, { resolutionSeconds: 10, since: until - lookBackMs, until });
    const minutes = await readAllMetrics(tx, recentStretch(until));
    const pools = await readPoolMetrics(tx, null, { resolutionSeconds: 10, since: until - slotMs, until });
    const ids = new Set([...slots, ...minutes].map((row) => row.service));
    const places = await readMeasuredPlaces(tx, [...ids, ...this.#told]);
    this.#told = ids;
    this.#newest = { services: toMeasured(places, slots, minutes, until), clusters: toClusters(pools, until) };
    this.#version += 1;
    for (const wake of [...this.#waiting]) wake();
  }

  #changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }
}

function toMeasured(
  places: readonly MeasuredPlace[],
  slots: readonly StoredMetric[],
  minutes: readonly StoredMetric[],
  until: EpochMs,
): Measured[] {
  const slotsOf = Map.groupBy(slots, (row) => row.service);
  const minutesOf = Map.groupBy(minutes, (row) => row.service);
  const last = { since: until - slotMs, until, stepMs: slotMs };
  const overSeconds = (until - recentStretch(until).since) / 1000;
  return places.flatMap((place) => {
    const own = slotsOf.get(place.id) ?? [];
    const [point] = toMetricPoints(
      own.filter(({ at }) => at >= last.since),
      last,
    );
    if (point === undefined) return [];
    const recent = { until, overSeconds, ...toFigures(minutesOf.get(place.id) ?? [], overSeconds) };
    return [{ place, point, recent, replicas: toReplicaUsage(own) }];
  });
}

function toClusters(rows: readonly StoredPoolMetric[], until: EpochMs): MeasuredCluster[] {
  const last = { since: until - slotMs, until, stepMs: slotMs };
  return [...Map.groupBy(rows, (row) => row.cluster)].map(([cluster, own]) => ({
    cluster,
    at: last.since,
    pools: own.flatMap((row) => toPoolPoints([row], last).map((point) => ({ pool: row.pool, point }))),
  }));
}
