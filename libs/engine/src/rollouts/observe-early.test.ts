import type { EnvironmentId, ServiceId } from '@sconce/core';
import type { Runtime, ServiceRef } from '@sconce/ports';
import { fakeEngine, fakeRuntime, manualClock } from '@sconce/testkit';
import { describe, expect, it } from 'vitest';
import { observeEarly } from './reconcile-service.ts';
import { emptyMemory } from './reconciler-deps.ts';

const ref: ServiceRef = {
  service: 'svc_1' as ServiceId,
  environment: 'env_1' as EnvironmentId,
  projectSlug: 'p',
  environmentSlug: 'e',
  serviceSlug: 's',
};

function asked() {
  const clock = manualClock();
  const engine = fakeEngine(clock);
  const fake = fakeRuntime(engine);
  let times = 0;
  const runtime: Runtime = {
    ...fake,
    observe: (service) => {
      times += 1;
      return fake.observe(service);
    },
  };
  return { deps: { runtime, clock }, clock, engine, times: () => times };
}

describe('observeEarly', () => {
  it('asks once for an announcement and the look that follows at once, and again for a later one', async () => {
    const { deps, clock, times } = asked();
    const memory = { ...emptyMemory(), ref };
    observeEarly(deps, memory);
    observeEarly(deps, memory);
    expect(times()).toBe(1);
    await clock.advance(600);
    observeEarly(deps, memory);
    expect(times()).toBe(2);
  });

  it('asks nothing of a service it has not looked at yet', () => {
    const { deps, times } = asked();
    const memory = emptyMemory();
    observeEarly(deps, memory);
    expect([times(), memory.early]).toEqual([0, null]);
  });

  it('leaves a failure to the look', async () => {
    const { deps, engine } = asked();
    engine.setAway(true);
    const memory = { ...emptyMemory(), ref };
    observeEarly(deps, memory);
    await expect(memory.early?.observed).rejects.toMatchObject({ name: 'RuntimeUnavailable' });
  });
});
