import type { BuildPhase, BuildSettings, FrozenValue, Reason } from '@sconce/core';

export interface BuildRow {
  readonly id: string;
  readonly projectId: string;
  readonly repositoryId: string;
  readonly deliveryId: string | null;
  readonly position: bigint;
  readonly ref: string | null;
  readonly commit: string;
  readonly commitMessage: string;
  readonly commitAuthor: string;
  readonly tree: string | null;
  readonly settings: BuildSettings;
  readonly settingsHash: string;
  readonly buildSecrets: readonly FrozenValue[];
  readonly noCache: boolean;
  readonly createdBy: string | null;
  readonly phase: BuildPhase;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly hint: string | null;
  readonly reusedBuildId: string | null;
  readonly imageDigest: string | null;
  readonly claimedBy: string | null;
  readonly claimEpoch: number;
  readonly claimUntil: Date | null;
  readonly lostClaims: number;
  readonly cancelledAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly timings: BuildTimings;
}

/** Milliseconds per part; a part that was not needed is absent. */
export interface BuildTimings {
  /** Until a worker took it. */
  readonly queuedMs?: number;
  readonly fetchMs?: number;
  readonly buildMs?: number;
  /** From the claim to the end. */
  readonly totalMs?: number;
}

export interface BuildTargetRow {
  readonly buildId: string;
  readonly serviceId: string;
  readonly serviceSlug: string;
  readonly environmentId: string;
  readonly environmentSlug: string;
  readonly releaseId: string | null;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly fileSettings: object;
}

/** Columns of `build` as `BuildRow` names them. */
export const buildColumns = `b.id, b.project_id AS "projectId", b.repository_id AS "repositoryId", b.delivery_id AS "deliveryId", b.position, b.ref,
  b.commit, b.commit_message AS "commitMessage", b.commit_author AS "commitAuthor", b.tree, b.settings, b.settings_hash AS "settingsHash",
  b.build_secrets AS "buildSecrets", b.no_cache AS "noCache", b.created_by AS "createdBy", b.phase, b.reason, b.message, b.hint,
  b.reused_build_id AS "reusedBuildId", b.image_digest AS "imageDigest", b.claimed_by AS "claimedBy", b.claim_epoch AS "claimEpoch",
  b.claim_until AS "claimUntil", b.lost_claims AS "lostClaims", b.cancelled_at AS "cancelledAt", b.created_at AS "createdAt",
  b.started_at AS "startedAt", b.ended_at AS "endedAt", b.timings`;
