import type { EpochMs } from '../clock.ts';

/** Why a node is to go: somebody drains it, its cloud takes it back (spot), an autoscaler has no use for it, or it does not answer. */
export type LeavingCause = 'drained' | 'reclaimed' | 'scaled_down' | 'lost';

export interface LeavingWords {
  readonly node: string;
  readonly cause: LeavingCause;
  /** Until when nobody may evict it; null: anybody may. */
  readonly heldUntil: EpochMs | null;
  readonly staysWithVolume: boolean;
  /** Why the one that is to take its place does not start; null where nothing is known to be in its way. */
  readonly obstacle: string | null;
}

/** `Node n1 is being drained`: what happens to a node, as the beginning of a sentence. */
export function describeNode(node: string, cause: LeavingCause): string {
  switch (cause) {
    case 'drained':
      return `Node ${node} is being drained`;
    case 'reclaimed':
      return `Node ${node} is being taken back by its cloud`;
    case 'scaled_down':
      return `Node ${node} is being removed by the node autoscaler`;
    case 'lost':
      return `Node ${node} does not answer`;
  }
}

/** What becomes of a replica on a node that is to go, in sentences for whoever looks after its service. */
export function describeLeaving({ node, cause, heldUntil, staysWithVolume, obstacle }: LeavingWords): string {
  const what = `${describeNode(node, cause)}.`;
  if (staysWithVolume)
    return `${what} Its volume is on one node at a time: it ends there first, and starts elsewhere after that.`;
  const wait = obstacle === null ? '' : ` That one waits: ${obstacle} ${nextStep(node, cause)}`;
  if (cause === 'lost') return `${what} Another one is started elsewhere.${wait}`;
  if (heldUntil === null) return `${what} No other one got ready in time, so it may be evicted now.${wait}`;
  const time = new Date(heldUntil).toISOString().slice(11, 16);
  return `${what} It goes on until another one is ready elsewhere, at most until ${time} UTC.${wait}`;
}

function nextStep(node: string, cause: LeavingCause): string {
  return cause === 'drained' ? `Add a node, or open this one again: kubectl uncordon ${node}.` : 'Add a node.';
}
