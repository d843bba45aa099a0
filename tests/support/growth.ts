/** So often, that what else the machine did meanwhile is out of the least of them. */
const tries = 9;
/** Below this, what is measured is mostly the measuring. */
const leastMs = 0.1;

/**
 * The power of its size that the time of `work` grows with: about 1 where twice the input takes twice the time, about 2 where it takes four times. Both sizes
 * are measured here and now, in turns, so that it says nothing of how fast or how busy the machine is. Take sizes that are far apart.
 */
export function growth(work: (size: number) => unknown, less: number, more: number): number {
  const least = { less: Number.POSITIVE_INFINITY, more: Number.POSITIVE_INFINITY };
  for (let done = 0; done < tries; done += 1) {
    least.less = Math.min(
      least.less,
      costMs(() => work(less)),
    );
    least.more = Math.min(
      least.more,
      costMs(() => work(more)),
    );
  }
  return Math.log(Math.max(leastMs, least.more) / Math.max(leastMs, least.less)) / Math.log(more / less);
}

function costMs(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}
