/** Rows end and are never reopened; a retry is a new row. */
export type BuildPhase = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'superseded';

export const buildMoves: Readonly<Record<BuildPhase, readonly BuildPhase[]>> = {
  queued: ['running', 'superseded', 'cancelled'],
  running: ['succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
  superseded: [],
};

export const buildEnds: readonly BuildPhase[] = ['succeeded', 'failed', 'cancelled', 'superseded'];
