import { type BuildClaim, renewBuildClaim } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { BuildInterrupted } from './build-interrupted.ts';
import type { CancelWatch } from './watch-cancels.ts';

export interface HeldClaim {
  /** Aborts with a `BuildInterrupted`. */
  readonly signal: AbortSignal;
  /** For whoever finds out first that the claim is gone. */
  lose(): void;
  /** Ends the renewals; the claim itself is settled with the build. */
  stop(): void;
}

/**
 * Renews a claim until it is stopped, and turns everything that should end the build into one signal. When the database does not answer
 * for as long as the claim lasts, the claim counts as lost: another worker may have taken it.
 */
export function holdBuildClaim(
  deps: Deps & { readonly cancels: CancelWatch },
  claim: BuildClaim,
  leaseMs: number,
  stopping: AbortSignal,
): HeldClaim {
  const interrupted = new AbortController();
  const done = new AbortController();
  const interrupt = (why: BuildInterrupted['why']) => {
    if (!interrupted.signal.aborted) interrupted.abort(new BuildInterrupted(why));
  };
  const onStopping = () => interrupt('stopping');
  if (stopping.aborted) onStopping();
  stopping.addEventListener('abort', onStopping, { once: true, signal: done.signal });
  const unwatch = deps.cancels.watch(claim.build, () => interrupt('cancelled'));
  void renewUntil(deps, claim, leaseMs, done.signal, interrupt);
  return {
    signal: interrupted.signal,
    lose: () => interrupt('claim_lost'),
    stop: () => {
      done.abort();
      unwatch();
    },
  };
}

async function renewUntil(
  deps: Deps,
  claim: BuildClaim,
  leaseMs: number,
  done: AbortSignal,
  interrupt: (why: BuildInterrupted['why']) => void,
): Promise<void> {
  let renewedAt = deps.clock.now();
  while (!done.aborted) {
    try {
      await deps.clock.sleep(leaseMs / 3, done);
    } catch {
      return;
    }
    const askedAt = deps.clock.now();
    try {
      const { held, cancelled } = await renewBuildClaim(deps.db.tx, claim, leaseMs);
      if (done.aborted) return;
      if (!held) return interrupt('claim_lost');
      renewedAt = askedAt;
      // Its announcement may have been missed.
      if (cancelled) interrupt('cancelled');
    } catch (error) {
      deps.log.warn({ err: error, build: claim.build }, 'a build claim could not be renewed');
      if (deps.clock.now() - renewedAt >= leaseMs) return interrupt('claim_lost');
    }
  }
}
