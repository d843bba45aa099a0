import { type ComponentProps, lazy, Suspense } from 'react';
import { loadTwice } from './load-twice.ts';
import { SkeletonRows } from './skeleton.tsx';

const load = () => loadTwice(() => import('./searchable-list.tsx'));
const Loaded = lazy(async () => ({ default: (await load()).SearchableList }));

/** Fetched while nothing else is to do, so that the first press of Ctrl K finds it there. */
export function preloadSearchableList(): void {
  void load().catch(() => {});
}

export function LazySearchableList(props: ComponentProps<typeof Loaded>) {
  return (
    <Suspense fallback={<SkeletonRows rows={4} what="the list" />}>
      <Loaded {...props} />
    </Suspense>
  );
}
