import type { Reason } from '../reason.ts';
import { shortSha } from './git-ref.ts';
import type { PushEvent } from './push-event.ts';
import { asksToSkip } from './skip-ci.ts';

/** Why a push, or a push for one service, builds nothing: a code, and a sentence for the one who pushed. */
export interface Ignored {
  readonly reason: Reason;
  readonly message: string;
}

/** What the push itself says, before anything is looked up. Null: a branch that stands, go on. */
export function decideRef(push: PushEvent): Ignored | null {
  const { ref } = push;
  if (ref.kind === 'tag') return { reason: 'tag_not_built', message: `${ref.name} is a tag; only branches are built.` };
  if (ref.kind === 'other')
    return { reason: 'no_branch_rule', message: `${ref.full} is not a branch; only branches are built.` };
  if (push.after === null)
    return { reason: 'ref_deleted', message: `The branch ${ref.name} was deleted; what is live stays live.` };
  return null;
}

/**
 * Whether the pushed commit is what the branch points to now. Deliveries may come late and in any order; the host knows the newest head.
 * `headNow` is null when the branch is gone.
 */
export function decideHead(push: PushEvent, headNow: string | null): Ignored | null {
  if (push.after === null || headNow === push.after) return null;
  const pushed = shortSha(push.after);
  if (headNow === null)
    return { reason: 'not_a_head', message: `The branch ${push.ref.name} is gone, so ${pushed} is not built.` };
  return {
    reason: 'not_a_head',
    message: `${push.ref.name} is at ${shortSha(headNow)} by now, so ${pushed} is not built.`,
  };
}

/** `message` is the head commit's. */
export function decideSkip(commit: string, message: string): Ignored | null {
  if (!asksToSkip(message)) return null;
  return { reason: 'skip_ci', message: `The message of ${shortSha(commit)} asks not to be built.` };
}

export function overtaken(push: PushEvent): Ignored {
  return { reason: 'overtaken', message: `A newer push to ${push.ref.name} was processed already.` };
}

export function noBranchRule(push: PushEvent): Ignored {
  return { reason: 'no_branch_rule', message: `No branch rule of the project takes in ${push.ref.name}.` };
}
