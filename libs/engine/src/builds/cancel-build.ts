import type { BuildPhase } from '@sconce/core';
import { appendBuildEvents, endBuild, readBuild, readBuildTargets, requestBuildCancel } from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';

/**
 * A queued build ends at once; of a running one the worker is told, and it ends when its processes are gone (under a second).
 * Answers the phase it stands in now. Cancelling twice is fine; one that ended is `already_ended`.
 */
export async function cancelBuild(
  deps: Deps,
  input: { readonly build: string; readonly actor: Actor },
): Promise<BuildPhase> {
  return deps.db.transaction(async (tx) => {
    const build = await readBuild(tx, input.build);
    if (build === null) throw new Rejection('not_found', 'There is no such build.');
    const by = { ...build, createdBy: input.actor };
    const end = { reason: 'cancelled', message: 'Cancelled before it was started.' } as const;
    if (build.phase === 'cancelled') return 'cancelled';
    if (build.phase === 'queued' && (await endBuild(tx, by, { from: 'queued', to: 'cancelled', epoch: null }, end)))
      return 'cancelled';
    // A worker may have taken it in this moment: then it is running.
    if (await requestBuildCancel(tx, build.id)) {
      const about = { commit: build.commit, ref: build.ref };
      if (build.cancelledAt === null)
        await appendBuildEvents(tx, 'build.cancel_requested', by, await readBuildTargets(tx, build.id), about);
      return 'running';
    }
    throw new Rejection('already_ended', 'The build has ended already.');
  });
}
