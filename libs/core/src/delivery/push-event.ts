import type { GitRef } from './git-ref.ts';

export type DeliveryHost = 'github' | 'builtin';

/** One ref that moved. */
export interface PushEvent {
  readonly host: DeliveryHost;
  /** GitHub's numeric repository id as text, or the built-in repository's own id. */
  readonly hostId: string;
  readonly ref: GitRef;
  /** Null when the ref was made by this push. */
  readonly before: string | null;
  /** Null when the ref was deleted by it. */
  readonly after: string | null;
  readonly forced: boolean;
  /** What the host told about the commit `after`; null when it has to be read. */
  readonly head: PushedCommit | null;
  /** `github:octocat`, `usr_...`; null when the host does not say. */
  readonly actor: string | null;
}

export interface PushedCommit {
  readonly sha: string;
  readonly tree: string;
  readonly message: string;
  readonly author: string;
}

/** What a delivery turned out to be. */
export type DeliveryContent =
  | { readonly kind: 'push'; readonly push: PushEvent }
  | { readonly kind: 'ping' }
  | { readonly kind: 'unknown_event'; readonly event: string }
  | { readonly kind: 'malformed'; readonly path: string; readonly message: string };

/** Body of the built-in git server's own deliveries (event `push`), one for each ref that a push moved. */
export interface BuiltinPushBody {
  /** `rpo_...` */
  readonly repository: string;
  readonly ref: string;
  /** Full object names; all zeros for "nothing", as git's hooks give them. */
  readonly before: string;
  readonly after: string;
  readonly forced: boolean;
  /** `usr_...` or `tok_...` */
  readonly pusher: string | null;
}
