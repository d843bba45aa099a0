import type { EnvironmentId, ServiceId } from '@sconce/core';
import { type ClaimedWakeup, claimWakeups, settleWakeup, takeBackWakeups, wakeAllServices } from '@sconce/db';
import { backoffMs } from '@sconce/foundation';
import { publishRoutes } from '../routes/publish-routes.ts';
import { takeEnvironmentAway } from './clean-up-runtime.ts';
import { observeEarly, reconcileService } from './reconcile-service.ts';
import { emptyMemory, LeadershipLost, type ReconcilerDeps, type ServiceMemory } from './reconciler-deps.ts';

export interface ReconcileLoop {
  /** Look at the service soon: a hint, which may be repeated or lost. */
  poke(service: ServiceId): void;
  /** Works until the signal aborts; resolves when the looks under way have ended. */
  run(signal: AbortSignal): Promise<void>;
}

interface Slot {
  readonly service: ServiceId;
  readonly memory: ServiceMemory;
  /** Wakeups that the next look answers. */
  claims: ClaimedWakeup[];
  isLooking: boolean;
  again: boolean;
  failures: number;
  timer: AbortController | null;
}

const kinds = ['service', 'routes', 'environment'] as const;
const looksAtOnce = 16;
/** A look that takes longer waits for its cluster, and costs nothing here: the others need not wait for that one too. */
const slowLookMs = 1_000;
const leaseMs = 30_000;
/** Announcements cut the wait; the poll is the safety, the resync the proof. */
const pollMs = 5_000;
const resyncMs = 60_000;

/**
 * The work list is the `wakeup` table: written with every change, it survives this process. What only this process waits for (a drain, a
 * deadline) are timers of its own: whoever leads next looks at everything anyway. One look at a service at a time; whatever wakes or
 * pokes it meanwhile makes another look right after.
 */
export function createReconcileLoop(deps: ReconcilerDeps, holder: string): ReconcileLoop {
  const slots = new Map<ServiceId, Slot>();
  const looks = new Set<Promise<void>>();
  /** How many of them have not taken long yet. */
  let quick = 0;
  let stopped: AbortSignal = AbortSignal.abort();
  let isPumping = false;
  let pumpAgain = false;

  const slotOf = (service: ServiceId): Slot => {
    const known = slots.get(service);
    if (known) return known;
    const slot: Slot = {
      service,
      memory: emptyMemory(),
      claims: [],
      isLooking: false,
      again: false,
      failures: 0,
      timer: null,
    };
    slots.set(service, slot);
    return slot;
  };

  const request = (service: ServiceId, claimed: ClaimedWakeup | null) => {
    if (stopped.aborted) return;
    const slot = slotOf(service);
    if (claimed) slot.claims.push(claimed);
    if (slot.isLooking) {
      slot.again = true;
      return;
    }
    slot.isLooking = true;
    track(lookUntilQuiet(slot));
  };

  const track = (work: Promise<void>) => {
    looks.add(work);
    quick += 1;
    const timer = new AbortController();
    let isQuick = true;
    const makeRoom = () => {
      if (!isQuick) return;
      isQuick = false;
      quick -= 1;
      if (quick === looksAtOnce - 1) pump();
    };
    deps.clock.sleep(slowLookMs, timer.signal).then(makeRoom, () => {});
    const end = () => {
      timer.abort();
      looks.delete(work);
      makeRoom();
    };
    work.then(end, end);
  };

  const lookUntilQuiet = async (slot: Slot): Promise<void> => {
    slot.timer?.abort();
    let next: number | null = null;
    do {
      slot.again = false;
      next = await lookOnce(slot);
    } while (slot.again && !stopped.aborted);
    slot.isLooking = false;
    if (stopped.aborted) return;
    if (next !== null) schedule(slot, next);
    else if (slot.memory.retiring.size === 0) slots.delete(slot.service);
  };

  /** Answers when to look again; null when only a wake can matter. */
  const lookOnce = async (slot: Slot): Promise<number | null> => {
    const claims = slot.claims;
    slot.claims = [];
    try {
      const outcome = await reconcileService(deps, slot.service, slot.memory);
      for (const claimed of claims) await settleWakeup(deps.db.tx, holder, claimed, null);
      // A wake that came while the row was being settled was not seen by whoever claimed then.
      if (claims.length > 0) pump();
      slot.failures = 0;
      return outcome.recheckMs;
    } catch (error) {
      if (error instanceof LeadershipLost || stopped.aborted) return null;
      slot.failures += 1;
      deps.log.warn({ service: slot.service, failures: slot.failures, err: error }, 'a look at a service failed');
      const waitMs = 250 + backoffMs(slot.failures, 250, 30_000);
      for (const claimed of claims) await settleWakeup(deps.db.tx, holder, claimed, waitMs, true).catch(() => {});
      return waitMs;
    }
  };

  const schedule = (slot: Slot, ms: number) => {
    const timer = new AbortController();
    slot.timer = timer;
    const signal = AbortSignal.any([timer.signal, stopped]);
    deps.clock.sleep(ms, signal).then(
      () => request(slot.service, null),
      () => {},
    );
  };

  /** A wake is announced with its service: the runtime is asked while the wake is claimed. */
  const hear = (payload: string | null) => {
    const slot = slots.get((payload?.split(' ')[1] ?? '') as ServiceId);
    if (slot && !slot.isLooking && quick < looksAtOnce) observeEarly(deps, slot.memory);
    pump();
  };

  /** Claims what is due, as much as there is room for. */
  const pump = () => {
    pumpAgain = true;
    if (isPumping || stopped.aborted) return;
    isPumping = true;
    void pumpUntilQuiet().finally(() => {
      isPumping = false;
      if (pumpAgain) pump();
    });
  };

  const pumpUntilQuiet = async (): Promise<void> => {
    while (pumpAgain && !stopped.aborted) {
      pumpAgain = false;
      const room = looksAtOnce - quick;
      if (room <= 0) return;
      try {
        const claimed = await claimWakeups(deps.db.tx, holder, kinds, room, leaseMs);
        for (const each of claimed) {
          if (each.kind === 'routes') await publish(each);
          else if (each.kind === 'environment') takeAway(each);
          else request(each.objectId as ServiceId, each);
        }
        if (claimed.length === room) pumpAgain = true;
      } catch (error) {
        deps.log.warn({ err: error }, 'wakeups could not be claimed');
        return;
      }
    }
  };

  const publish = async (claimed: ClaimedWakeup | null): Promise<void> => {
    deps.onPublished(await publishRoutes(deps));
    if (claimed) await settleWakeup(deps.db.tx, holder, claimed, null);
  };

  /** Not waited for: the engine may take its time. */
  const takeAway = (claimed: ClaimedWakeup): void => {
    const work = takeEnvironmentAway(deps, claimed.objectId as EnvironmentId)
      .then(
        () => settleWakeup(deps.db.tx, holder, claimed, null),
        (error: unknown) => {
          deps.log.warn(
            { environment: claimed.objectId, err: error },
            'a deleted environment still has something here',
          );
          return settleWakeup(deps.db.tx, holder, claimed, backoffMs(claimed.failures, 1_000, 60_000), true);
        },
      )
      .catch(() => {});
    track(work);
  };

  const every = async (ms: number, signal: AbortSignal, work: () => Promise<void> | void): Promise<void> => {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        deps.log.warn({ err: error }, 'a round of the reconciler failed');
      }
      await deps.clock.sleep(ms, signal).catch(() => {});
    }
  };

  /** Hints from the runtime. When they end without being told to, some may have been missed: everything is looked at. */
  const watch = async (signal: AbortSignal): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await deps.runtime.watch((service) => request(service, null), signal);
      } catch (error) {
        if (!signal.aborted) deps.log.warn({ err: error }, 'hints from the runtime stopped');
      }
      if (signal.aborted) return;
      await deps.clock.sleep(250 + backoffMs(failures, 250, 5_000), signal).catch(() => {});
      await wakeAllServices(deps.db.tx).catch(() => {});
      pump();
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    stopped = signal;
    await takeBackWakeups(deps.db.tx, kinds);
    await Promise.all([
      deps.db.listen('sconce_wakeup', hear, signal),
      watch(signal),
      every(pollMs, signal, pump),
      every(resyncMs, signal, async () => {
        await publish(null);
        await wakeAllServices(deps.db.tx);
        pump();
      }),
    ]);
    await Promise.allSettled(looks);
  };

  return { poke: (service) => request(service, null), run };
}
