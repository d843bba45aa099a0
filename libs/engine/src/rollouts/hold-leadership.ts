import { holdLease, releaseLease, type Tx } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { type Fence, LeadershipLost } from './reconciler-deps.ts';

export interface Leadership {
  readonly holder: string;
  /** Checked where effects are written: who lost the lease without noticing writes nothing any more. */
  readonly fence: Fence;
  /** Aborts when the lease is lost or given up. */
  readonly signal: AbortSignal;
}

const leaseName = 'scheduler';
const leaseMs = 5_000;
const renewMs = 1_500;
const askAgainMs = 500;

/**
 * Runs `lead` whenever this process holds the scheduler's lease, one at a time in the whole installation, until `signal` aborts; a failure
 * of it gives the lease up, so that another may do better. Resolves when all is given up.
 */
export async function holdLeadership(
  deps: Deps,
  holder: string,
  signal: AbortSignal,
  lead: (leadership: Leadership) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const epoch = await tryHold(deps, holder);
    if (epoch === null) {
      await pause(deps, askAgainMs, signal);
      continue;
    }
    await leadUntilLost(deps, holder, epoch, signal, lead);
    await releaseLease(deps.db.tx, leaseName, holder).catch(() => {});
    // Whatever ended it may end it again at once.
    await pause(deps, askAgainMs, signal);
  }
}

async function leadUntilLost(
  deps: Deps,
  holder: string,
  epoch: bigint,
  signal: AbortSignal,
  lead: (leadership: Leadership) => Promise<void>,
): Promise<void> {
  const lost = new AbortController();
  const both = AbortSignal.any([signal, lost.signal]);
  deps.log.info({ holder, epoch: Number(epoch) }, 'leading');
  const renewing = renew(deps, holder, epoch, both).finally(() => lost.abort(new LeadershipLost('the lease was lost')));
  try {
    await lead({ holder, fence: makeFence(epoch), signal: both });
  } catch (error) {
    if (!both.aborted) deps.log.error({ err: error }, 'leading failed; the lease is given up');
  } finally {
    lost.abort(new LeadershipLost('gave up the lease'));
    await renewing;
  }
}

/** Resolves when the lease cannot be renewed in time any more, or the signal aborts. */
async function renew(deps: Deps, holder: string, epoch: bigint, signal: AbortSignal): Promise<void> {
  let heldUntil = deps.clock.now() + leaseMs;
  while (!signal.aborted) {
    await pause(deps, renewMs, signal);
    if (signal.aborted) return;
    const asked = deps.clock.now();
    const held = await tryHold(deps, holder);
    if (held === epoch) heldUntil = asked + leaseMs;
    else if (held !== null || deps.clock.now() > heldUntil - renewMs) return;
  }
}

function makeFence(epoch: bigint): Fence {
  return {
    check: async (tx: Tx) => {
      // Shared with other writers, exclusive to whoever takes the lease: nobody takes it before this transaction has ended.
      const rows = await tx.$queryRaw<
        unknown[]
      >`SELECT 1 FROM lease WHERE name = ${leaseName} AND epoch = ${epoch} FOR SHARE`;
      if (rows.length === 0) throw new LeadershipLost('another scheduler leads');
    },
  };
}

/** Null when another holds it, or the database does not answer. */
async function tryHold(deps: Deps, holder: string): Promise<bigint | null> {
  try {
    return await holdLease(deps.db.tx, leaseName, holder, leaseMs);
  } catch (error) {
    deps.log.warn({ err: error }, 'the lease could not be asked for');
    return null;
  }
}

async function pause(deps: Deps, ms: number, signal: AbortSignal): Promise<void> {
  await deps.clock.sleep(ms, signal).catch(() => {});
}
