import type { KnownReplica } from '@sconce/db';
import { describe, expect, it } from 'vitest';
import { type NamedReplica, toReplicaEvents } from './replica-events.ts';

function known(id: string, over: Partial<KnownReplica> = {}): KnownReplica {
  return {
    id,
    release: 'rel_1',
    health: 'ready',
    healthSince: 0,
    observedAt: 0,
    routed: true,
    unroutedVersion: null,
    unroutedAt: null,
    name: `r1-${id}`,
    node: 'n1',
    reason: null,
    leavingCause: null,
    leavingSince: null,
    seen: '',
    ...over,
  };
}

function row(id: string, over: Partial<NamedReplica> = {}): NamedReplica {
  return {
    id,
    releaseId: 'rel_1',
    name: `r1-${id}`,
    health: 'ready',
    reason: null,
    message: null,
    host: '10.0.0.1',
    port: 8000,
    node: 'n1',
    createdAt: '2026-01-01T00:00:00Z',
    startedAt: null,
    restarts: 0,
    exitCode: null,
    outOfMemory: false,
    gpus: [],
    leavingCause: null,
    seen: '',
    ...over,
  };
}

const leaves = { leavingCause: 'drained', leavingSince: 1 } as const;

describe('toReplicaEvents', () => {
  it('tells once that a node is drained, and who has to leave it', () => {
    const now = row('a', { leavingCause: 'drained' });
    expect(toReplicaEvents([known('a')], [now])).toMatchObject([
      {
        type: 'replica.leaving',
        subjectId: 'a',
        data: { node: 'n1', cause: 'drained', message: 'Node n1 is being drained' },
      },
    ]);
    expect(toReplicaEvents([known('a', leaves)], [now])).toEqual([]);
  });

  it('tells who took over from whom, once', () => {
    const next = row('b', { node: 'n2' });
    const before = [known('a', leaves), known('b', { node: 'n2' })];
    const stopping = row('a', { health: 'stopping', leavingCause: 'drained' });
    const moved = {
      type: 'replica.moved',
      data: { name: 'r1-a', node: 'n1', successor: { name: 'r1-b', node: 'n2' } },
    };
    expect(toReplicaEvents(before, [stopping, next])).toMatchObject([moved]);
    expect(toReplicaEvents(before, [next])).toMatchObject([moved]);
    expect(toReplicaEvents([known('a', { ...leaves, health: 'stopping' }), known('b')], [next])).toEqual([]);
    expect(toReplicaEvents([known('a', leaves)], [])).toMatchObject([{ data: { successor: null } }]);
  });

  it('tells that a replica was lost with its node', () => {
    const lost = row('a', { health: 'stopping', reason: 'node_lost' });
    const before = known('a', { health: 'stopping', leavingCause: 'lost', reason: 'draining' });
    expect(toReplicaEvents([before], [lost, row('b', { node: 'n2', health: 'starting' })])).toMatchObject([
      { type: 'replica.lost', subjectId: 'a', data: { name: 'r1-a', node: 'n1', successor: null } },
    ]);
    expect(toReplicaEvents([known('a', { reason: 'node_lost', health: 'stopping' })], [lost])).toEqual([]);
  });

  it('tells nothing of a replica that just ended', () => {
    expect(toReplicaEvents([known('a')], [])).toEqual([]);
    expect(toReplicaEvents([], [row('b')])).toMatchObject([{ type: 'replica.ready', subjectId: 'b' }]);
  });
});
