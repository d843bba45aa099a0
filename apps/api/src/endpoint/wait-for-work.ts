import { buildEnds, rolloutEnds } from '@sconce/core';
import { viewBuild, viewRelease, viewRollout, viewRollouts } from '@sconce/db';
import type { ApiContext } from '../context.ts';
import { toBuild } from '../controllers/to-build.ts';
import { toRelease, toRollout } from '../controllers/to-release.ts';

type Work = 'build' | 'rollout' | 'deployment' | null;

/** Looks at least this often, should an announcement get lost. */
const lookEveryMs = 1_000;
const lookPauseMs = 15;

/**
 * Resolves with the thing as it is when its work has ended, the time is up or the client left. A rollout counts as ended as soon as its
 * release is live: what then still drains is nobody's wait. `again` answers the thing afresh; without it, it is read by its id.
 */
export async function waitForWork(
  context: ApiContext,
  work: Work,
  answer: unknown,
  waitMs: number,
  signal: AbortSignal,
  again: (() => Promise<unknown>) | null,
): Promise<unknown> {
  const deadline = Date.now() + waitMs;
  let current = answer;
  while (work !== null && !signal.aborted && Date.now() < deadline) {
    const changed = context.eventFeed.nextChange(Math.min(lookEveryMs, deadline - Date.now()), signal);
    current = again ? await again() : await refresh(context, work, current);
    if (hasEnded(work, current)) {
      changed.cancel();
      break;
    }
    await changed.arrived;
    // Many facts may come at once; nobody sees the difference of this pause.
    await context.deps.clock.sleep(lookPauseMs, signal).catch(() => {});
  }
  return current;
}

async function refresh(context: ApiContext, work: Exclude<Work, null>, current: unknown): Promise<unknown> {
  const { tx } = context.deps.db;
  const { id } = current as { id: string };
  const build = work === 'build' ? await viewBuild(tx, id) : null;
  if (build) return toBuild(build);
  const rollout = work === 'rollout' ? await viewRollout(tx, id) : null;
  if (rollout) return toRollout(rollout);
  if (work !== 'deployment') return current;
  return refreshDeployment(context, current as Deployment);
}

interface Deployment {
  readonly build: {
    readonly id: string;
    readonly targets: readonly {
      readonly service: { readonly id: string };
      readonly release: { readonly id: string } | null;
    }[];
    readonly phase: string;
  } | null;
  readonly release: { readonly id: string } | null;
  readonly rollout: { readonly id: string; readonly phase: string; readonly liveAt: unknown } | null;
  readonly serviceId?: string;
}

/** First the build, then the release it made, then that release's rollout. */
async function refreshDeployment(context: ApiContext, current: Deployment): Promise<unknown> {
  const { tx } = context.deps.db;
  const build = current.build ? await viewBuild(tx, current.build.id) : null;
  const made = build?.targets.find(
    (target) => current.serviceId === undefined || target.service.id === current.serviceId,
  )?.release?.id;
  const releaseId = current.release?.id ?? made;
  const release = releaseId ? await viewRelease(tx, releaseId) : null;
  const [rollout] = releaseId ? await viewRollouts(tx, { releaseId }, { limit: 1, after: null, order: 'newest' }) : [];
  return {
    ...current,
    build: build && toBuild(build),
    release: release && toRelease(release),
    rollout: rollout ? toRollout(rollout) : null,
  };
}

function hasEnded(work: Exclude<Work, null>, current: unknown): boolean {
  const { phase, liveAt } = current as { phase: string; liveAt?: unknown };
  if (work === 'build') return (buildEnds as readonly string[]).includes(phase);
  if (work === 'rollout') return liveAt != null || (rolloutEnds as readonly string[]).includes(phase);
  const { build, rollout, release } = current as Deployment;
  if (rollout) return hasEnded('rollout', rollout);
  if (build) return hasEnded('build', build) && (build.phase !== 'succeeded' || release === null);
  return true;
}

/** For how long the client waits for what it began, ms; null: not at all. */
export function waitOf(query: unknown): number | null {
  return (query as { wait?: number }).wait ?? null;
}
