/** Upper bounds in seconds; the last bucket has none. */
export const histogramBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** Counts durations; the shape that OpenMetrics wants, made cumulative when it is written. */
export class Histogram {
  readonly counts = new Array<number>(histogramBounds.length + 1).fill(0);
  sumSeconds = 0;

  observe(seconds: number): void {
    this.sumSeconds += seconds;
    let bucket = 0;
    while (bucket < histogramBounds.length && seconds > (histogramBounds[bucket] ?? 0)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
  }
}
