import { cache } from '../api/cache.ts';

/** Does what nobody waits for once the page has read what it shows and is idle. What comes back calls it off. */
export function whenIdle(...work: (() => void)[]): () => void {
  const run = () => {
    for (const one of work) one();
  };
  const begin = () => {
    if (cache.isFetching() > 0) return;
    leave();
    // Not every browser has it; a moment later will do.
    if ('requestIdleCallback' in globalThis) requestIdleCallback(run, { timeout: 4_000 });
    else setTimeout(run, 1_500);
  };
  const leave = cache.getQueryCache().subscribe(begin);
  begin();
  return leave;
}
