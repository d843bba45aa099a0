import { compareReleases, type KnownPackages, type ReleaseSpec, summarisePackages } from '@sconce/core';
import { type ReleaseView, type RolloutView, type Tx, viewRelease, viewRollout } from '@sconce/db';
import { existing } from './existing.ts';
import { hintFor } from './hints.ts';
import { toPackageComparison } from './to-package-comparison.ts';

export function toRelease(view: ReleaseView) {
  return { ...view, compared: undefined };
}

/** The release, with what it has otherwise than `other`. */
export function toComparedRelease(
  view: ReleaseView,
  other: ReleaseView,
  known: { readonly from: KnownPackages; readonly to: KnownPackages },
) {
  const comparison = compareReleases(other.spec as ReleaseSpec, view.spec as ReleaseSpec);
  const packages = toPackageComparison(
    { name: other.name, digest: other.image.digest, packages: known.from },
    { name: view.name, digest: view.image.digest, packages: known.to },
  );
  const summary = [comparison.summary, ...summarisePackages(packages)].join('; ');
  const release = { id: other.id, number: other.number, name: other.name };
  return { ...view, compared: { release, ...comparison, summary, packages } };
}

/** A release that was made at once, without a build, and its rollout. */
export async function toDeployment(tx: Tx, made: { readonly releaseId: string; readonly rolloutId: string }) {
  return {
    build: null,
    release: toRelease(await existing('release', viewRelease(tx, made.releaseId))),
    rollout: toRollout(await existing('rollout', viewRollout(tx, made.rolloutId))),
  };
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
