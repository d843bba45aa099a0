import { type NodeFacts } from '@sconce/kubernetes-api';
import { describe, expect, it } from 'vitest';
import { readNodeLeaving } from './read-node-leaving.ts';

const ready = { type: 'Ready', status: 'True' };
const node = (spec: object, condition: object = ready) =>
  ({ metadata: { name: 'n1' }, spec, status: { conditions: [condition] } }) as unknown as NodeFacts;
const tainted = (key: string, more: object = {}) => node({ taints: [{ key, effect: 'NoSchedule', ...more }] });

describe('readNodeLeaving', () => {
  it.each([
    ['karpenter.sh/disrupted', 'scaled_down'],
    ['ToBeDeletedByClusterAutoscaler', 'scaled_down'],
    ['cloud.google.com/impending-node-termination', 'reclaimed'],
    ['aws-node-termination-handler/spot-itn', 'reclaimed'],
    ['aws-node-termination-handler/asg-lifecycle-termination', 'reclaimed'],
    ['remediator.kubernetes.azure.com/unschedulable', 'reclaimed'],
    ['node.kubernetes.io/out-of-service', 'lost'],
  ])('knows what %s says', (key, cause) => {
    expect(readNodeLeaving(tainted(key))).toMatchObject({ cause });
  });

  it('takes a node that is cordoned, or turned off, for one that is drained', () => {
    expect(readNodeLeaving(node({ unschedulable: true }))).toEqual({ cause: 'drained', until: null });
    const off = { type: 'Ready', status: 'False', message: 'node is shutting down' };
    expect(readNodeLeaving(node({}, off))).toMatchObject({ cause: 'drained' });
  });

  it('says until when, where the notice is of a known length and says since when', () => {
    const at = { timeAdded: '2026-01-01T00:00:00Z' };
    expect(readNodeLeaving(tainted('aws-node-termination-handler/spot-itn', at))).toEqual({
      cause: 'reclaimed',
      until: '2026-01-01T00:02:00.000Z',
    });
    expect(readNodeLeaving(tainted('karpenter.sh/disrupted', at))).toMatchObject({ until: null });
  });

  it('lets all others be: GPU nodes, spot nodes, candidates for a scale-down, nodes that are not ready for a moment', () => {
    for (const key of [
      'nvidia.com/gpu',
      'kubernetes.azure.com/scalesetpriority',
      'DeletionCandidateOfClusterAutoscaler',
    ])
      expect(readNodeLeaving(tainted(key))).toBeNull();
    expect(readNodeLeaving(node({}))).toBeNull();
    expect(readNodeLeaving(node({}, { type: 'Ready', status: 'False', message: 'PLEG is not healthy' }))).toBeNull();
  });

  it('says first that it does not answer', () => {
    expect(readNodeLeaving(node({ unschedulable: true }, { type: 'Ready', status: 'Unknown' }))).toMatchObject({
      cause: 'lost',
    });
  });
});
