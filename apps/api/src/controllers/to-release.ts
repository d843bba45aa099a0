import { compareReleases, type ReleaseSpec } from '@sconce/core';
import type { ReleaseView, RolloutView } from '@sconce/db';
import { hintFor } from './hints.ts';

export function toRelease(view: ReleaseView) {
  return { ...view, compared: undefined };
}

/** The release, with what it has otherwise than `other`. */
export function toComparedRelease(view: ReleaseView, other: ReleaseView) {
  const comparison = compareReleases(other.spec as ReleaseSpec, view.spec as ReleaseSpec);
  return { ...view, compared: { release: { id: other.id, number: other.number, name: other.name }, ...comparison } };
}

/** Phases in the database are text; the reply's schema holds them to the closed set. */
export function toRollout(view: RolloutView) {
  return {
    ...view,
    phase: view.phase as 'pending',
    strategy: view.strategy as 'side_by_side' | 'hand_over' | null,
    hint: hintFor(view.reason),
    lastLines: view.lastLines as { text: string }[],
  };
}
