import { describe, expect, it } from 'vitest';
import { type EventFacts, toNodeNews } from './node-coming.ts';

const event = (reason: string, message: string, at: string, more: Partial<EventFacts> = {}): EventFacts => ({
  metadata: { name: 'e', uid: 'u', resourceVersion: '1', creationTimestamp: at },
  reason,
  message,
  ...more,
});
const early = '2026-11-01T10:00:00Z';
const late = '2026-11-01T10:00:30Z';

describe('what an autoscaler says of a pod without a place', () => {
  it('is nothing where there is none: the scheduler’s own events are no news', () => {
    expect(toNodeNews([])).toBeNull();
    const own = { reportingComponent: 'default-scheduler' };
    expect(toNodeNews([event('FailedScheduling', '0/3 nodes are available.', late, own)])).toBeNull();
    expect(toNodeNews([event('Nominated', 'by somebody else', late, own)])).toBeNull();
  });

  it.each([
    [
      event('TriggeredScaleUp', 'pod triggered scale-up: [{gpus 0->1 (max: 4)}]', late),
      true,
      'the cluster autoscaler adds a node for it (pod triggered scale-up: [{gpus 0->1 (max: 4)}])',
    ],
    [
      event('Nominated', 'Pod should schedule on: nodeclaim/gpus-x7.', late, { source: { component: 'karpenter' } }),
      true,
      'Karpenter adds a node for it (Pod should schedule on: nodeclaim/gpus-x7)',
    ],
    [
      event('NotTriggerScaleUp', "pod didn't trigger scale-up: 1 max node group size reached", late),
      false,
      "the cluster autoscaler adds no node for it (pod didn't trigger scale-up: 1 max node group size reached)",
    ],
    [
      event('FailedScheduling', 'no instance type has enough resources', late, { reportingComponent: 'karpenter' }),
      false,
      'Karpenter adds no node for it (no instance type has enough resources)',
    ],
  ])('is read from %o', (one, isComing, words) => {
    expect(toNodeNews([one])).toEqual({ isComing, words });
  });

  it('is what it said last, wherever an event has its time', () => {
    const given = event('TriggeredScaleUp', 'one', early);
    const failed = event('FailedScaleUp', 'out of quota', early, { lastTimestamp: late });
    expect(toNodeNews([given, failed])?.isComing).toBe(false);
    const again = event('TriggeredScaleUp', 'one', early, { series: { lastObservedTime: '2026-11-01T10:01:00Z' } });
    expect(toNodeNews([again, failed])?.isComing).toBe(true);
  });
});
