import type { EpochMs } from '../clock.ts';
import { addSums, type MetricSums, slotMs } from './metric-sums.ts';

/** What was counted or measured in one slot. */
export interface MetricFact {
  /** Start of the slot. */
  readonly at: EpochMs;
  readonly service: string;
  /** Empty: of no release; the gateway answered by itself. */
  readonly release: string;
  /** Empty: of no replica. */
  readonly replica: string;
  /** `measured` is 1 where use was measured. */
  readonly sums: MetricSums;
}

/** How finely, and for how long, history is kept. Replicas are told apart in the finest alone. */
export const resolutions = [
  { seconds: 10, keptMs: 2 * 3_600_000 },
  { seconds: 60, keptMs: 26 * 3_600_000 },
  { seconds: 600, keptMs: 15 * 86_400_000 },
] as const;
export type ResolutionSeconds = (typeof resolutions)[number]['seconds'];

export interface MetricRow extends MetricFact {
  readonly resolutionSeconds: ResolutionSeconds;
}

/** The rows that facts add to, one for each key. Ordered by key, so that two writers never wait for each other in a circle. */
export function toMetricRows(facts: readonly MetricFact[]): MetricRow[] {
  const rows = new Map<string, { row: Omit<MetricRow, 'sums'>; sums: MetricSums[] }>();
  for (const fact of facts) {
    for (const { seconds } of resolutions) {
      const { sums, ...row } = toRow(fact, seconds);
      const key = [row.service, seconds, row.at, row.release, row.replica].join(' ');
      const held = rows.get(key);
      if (held === undefined) rows.set(key, { row, sums: [sums] });
      else held.sums.push(sums);
    }
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { row, sums }]) => ({ ...row, sums: addSums(sums) }));
}

function toRow(fact: MetricFact, seconds: ResolutionSeconds): MetricRow {
  const at = Math.floor(fact.at / (seconds * 1000)) * seconds * 1000;
  const slot = BigInt(Math.floor((fact.at - at) / slotMs));
  const sums = { ...fact.sums, measured: fact.sums.measured === 0n ? 0n : 1n << slot };
  return { ...fact, at, resolutionSeconds: seconds, replica: seconds === 10 ? fact.replica : '', sums };
}
