/** Position of a rollout. `complete`, `aborted` and `superseded` are ends. */
export type RolloutPhase =
  | 'pending'
  | 'preparing'
  | 'shifting'
  | 'draining'
  | 'complete'
  | 'paused'
  | 'aborting'
  | 'aborted'
  | 'superseded';

/**
 * How a release takes over. `side_by_side`: it starts beside the one before, which answers until it is ready. `hand_over`: what it needs is held by
 * the one before; the gateways hold requests while that finishes what it began and ends, and the new one starts in its place.
 */
export type RolloutStrategy = 'side_by_side' | 'hand_over';

/** The one table of legal moves; the store moves by compare-and-set along it. */
export const rolloutMoves: Readonly<Record<RolloutPhase, readonly RolloutPhase[]>> = {
  pending: ['preparing', 'aborting', 'superseded'],
  preparing: ['shifting', 'paused', 'aborting', 'superseded'],
  shifting: ['draining', 'paused', 'aborting', 'superseded'],
  draining: ['complete', 'aborting', 'superseded'],
  paused: ['preparing', 'shifting', 'aborting', 'superseded'],
  aborting: ['aborted', 'superseded'],
  complete: [],
  aborted: [],
  superseded: [],
};

export const rolloutEnds: readonly RolloutPhase[] = ['complete', 'aborted', 'superseded'];
