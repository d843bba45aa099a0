import { useSyncExternalStore } from 'react';
import { serverNow } from '../words/server-clock.ts';

/** One clock for everything that shows time passing: all of it moves at once, and stops while the tab is hidden. */
const listeners = new Map<number, Set<() => void>>();
const timers = new Map<number, ReturnType<typeof setInterval>>();
const moments = new Map<number, number>();

function tick(stepMs: number): void {
  if (document.hidden) return;
  moments.set(stepMs, serverNow());
  for (const listener of [...(listeners.get(stepMs) ?? [])]) listener();
}

document.addEventListener('visibilitychange', () => {
  for (const stepMs of timers.keys()) tick(stepMs);
});

function subscribe(stepMs: number, listener: () => void): () => void {
  const all = listeners.get(stepMs) ?? new Set();
  listeners.set(stepMs, all.add(listener));
  if (!timers.has(stepMs)) {
    moments.set(stepMs, serverNow());
    timers.set(
      stepMs,
      setInterval(() => tick(stepMs), stepMs),
    );
  }
  return () => {
    all.delete(listener);
    if (all.size > 0) return;
    clearInterval(timers.get(stepMs));
    timers.delete(stepMs);
    moments.delete(stepMs);
  };
}

const nothing = () => () => {};
const subscribers = new Map<number, (listener: () => void) => () => void>();

/** One function for each step: with another one React would leave and come back with each render, and the clock would begin anew each time. */
function subscriberOf(stepMs: number): (listener: () => void) => () => void {
  const known = subscribers.get(stepMs);
  if (known) return known;
  const subscriber = (listener: () => void) => subscribe(stepMs, listener);
  subscribers.set(stepMs, subscriber);
  return subscriber;
}

/** The time, renewed every `stepMs`; null: it stands still. */
export function useNow(stepMs: number | null): number {
  const step = stepMs ?? 3_600_000;
  return useSyncExternalStore(
    stepMs === null ? nothing : subscriberOf(step),
    () => moments.get(step) ?? standing(step),
  );
}

/** Before anybody subscribed: the same answer until then, as React asks of a snapshot. */
function standing(stepMs: number): number {
  const now = serverNow();
  const rounded = now - (now % 1_000);
  if (!moments.has(stepMs)) moments.set(stepMs, rounded);
  return moments.get(stepMs) ?? rounded;
}
