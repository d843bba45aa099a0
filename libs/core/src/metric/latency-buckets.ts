/**
 * Durations are counted in buckets whose bounds grow by the eighth root of two: an exponential histogram of scale 3, in OpenTelemetry's words. Bucket 0
 * holds all up to 1/8 ms, bucket i what is above the bound of i - 1, the last one everything above 58 minutes. Counts of any number of gateways and
 * stretches of time add up without loss, and a quantile read from them is at most 4.5 % beside the true one.
 */
export const latencyBuckets = 200;

const perDoubling = 8;
const lowestMs = 0.125;

/** Bucket and count, one after the other, ascending, without empty buckets: `[64, 12, 65, 3]`. */
export type LatencyCounts = readonly number[];

export function latencyBucket(ms: number): number {
  // Also what is no number: nothing about a clock may break a request.
  if (!(ms > lowestMs)) return 0;
  const bucket = Math.ceil(Math.log2(ms / lowestMs) * perDoubling);
  return bucket < latencyBuckets ? bucket : latencyBuckets - 1;
}

/** The upper bound, which belongs to the bucket; infinite for the last one. */
export function latencyBoundMs(bucket: number): number {
  return bucket >= latencyBuckets - 1 ? Number.POSITIVE_INFINITY : lowestMs * 2 ** (bucket / perDoubling);
}

/** Adds counts up. What names no bucket is left out. */
export function mergeLatency(all: Iterable<LatencyCounts>): LatencyCounts {
  const sums = new Float64Array(latencyBuckets);
  for (const counts of all) {
    for (let index = 0; index + 1 < counts.length; index += 2) {
      const bucket = counts[index] ?? -1;
      if (bucket >= 0 && bucket < latencyBuckets) sums[bucket] = (sums[bucket] ?? 0) + (counts[index + 1] ?? 0);
    }
  }
  return toLatencyCounts(sums);
}

/** From one count per bucket. */
export function toLatencyCounts(sums: ArrayLike<number>): LatencyCounts {
  const counts: number[] = [];
  for (let bucket = 0; bucket < sums.length; bucket += 1) {
    const count = sums[bucket] ?? 0;
    if (count > 0) counts.push(bucket, count);
  }
  return counts;
}

/** The duration that the given share (0.95) of those counted did not exceed; null where none was. */
export function latencyQuantileMs(counts: LatencyCounts, share: number): number | null {
  let total = 0;
  for (let index = 1; index < counts.length; index += 2) total += counts[index] ?? 0;
  if (total === 0) return null;
  let rank = Math.max(1, Math.ceil(share * total));
  for (let index = 0; index < counts.length; index += 2) {
    rank -= counts[index + 1] ?? 0;
    if (rank <= 0) return middleMs(counts[index] ?? 0);
  }
  return null;
}

/** As far from both bounds, as a ratio. */
function middleMs(bucket: number): number {
  return bucket === 0 ? lowestMs : lowestMs * 2 ** ((bucket - 0.5) / perDoubling);
}
