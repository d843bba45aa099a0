import type { ImageRegistry } from '@sconce/ports';
import { findReusable, type ReusableImage } from '../builds/find-reusable.ts';
import { groupBuilds } from '../builds/group-builds.ts';
import type { Deps } from '../deps.ts';
import type { PushPlan } from './plan-push.ts';

export interface FoundImage {
  readonly reusable: ReusableImage;
  /** How long it took to find it. */
  readonly totalMs: number;
}

/** Images that stand already for builds of a push. */
export interface ReusableBuilds {
  readonly isEmpty: boolean;
  of(repositoryId: string, settingsHash: string): FoundImage | null;
}

export const noReusableBuilds: ReusableBuilds = { isEmpty: true, of: () => null };

/**
 * Looks for the images that a push would only build again. Before the transaction that makes its builds, since it asks the image registry;
 * builds whose secrets change in between have another hash there, and are queued.
 */
export async function findReusableBuilds(
  deps: Deps & { readonly images: ImageRegistry },
  plans: readonly PushPlan[],
  signal: AbortSignal,
): Promise<ReusableBuilds> {
  const found = new Map<string, FoundImage>();
  const startedAt = deps.clock.now();
  const look = async (repositoryId: string, settingsHash: string, tree: string) => {
    const reusable = await findReusable(deps, { repositoryId, settingsHash }, tree, signal);
    if (reusable !== null)
      found.set(`${repositoryId} ${settingsHash}`, { reusable, totalMs: deps.clock.now() - startedAt });
  };
  const looks = plans.map(async (plan) => {
    if (plan.kind !== 'build' || plan.commit.tree === null) return;
    const { tree } = plan.commit;
    const groups = await groupBuilds(deps.db.tx, plan.candidates);
    await Promise.all(groups.map(({ settingsHash }) => look(plan.repository.id, settingsHash, tree)));
  });
  await Promise.all(looks);
  return {
    isEmpty: found.size === 0,
    of: (repositoryId, settingsHash) => found.get(`${repositoryId} ${settingsHash}`) ?? null,
  };
}
