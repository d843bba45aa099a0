import type { BuildId, Reason, ServiceId } from '@sconce/core';
import type { Tx } from '@sconce/db';
import type { Actor } from '../deps.ts';

/** A built image, asking to become a release of one service. */
export interface BuiltForService {
  readonly serviceId: ServiceId;
  readonly imageDigest: string;
  readonly buildId: BuildId;
  readonly commit: string;
  readonly commitMessage: string;
  readonly commitAuthor: string;
  readonly ref: string | null;
  readonly position: bigint;
  readonly cause: 'push' | 'manual';
  readonly actor: Actor;
}

export type ReleaseAnswer =
  | { readonly release: { readonly id: string; readonly number: number } }
  /** No release, and that is an answer: overtaken, auto_deploy_pinned, port_unknown, ... */
  | { readonly reason: Reason; readonly message: string };

/** Makes the release in the transaction that ends the build, so that neither stands without the other. */
export type ReleaseMaker = (tx: Tx, built: BuiltForService) => Promise<ReleaseAnswer>;
