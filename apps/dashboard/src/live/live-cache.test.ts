import { ApiUnreachable, type Event, type Service } from '@sconce/contract';
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveCache } from './live-cache.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const event = (type: string, subject: string) =>
  ({ type, project: 'prj_1', environment: 'env_1', service: 'svc_1', subject }) as Event;
const serviceIn = (name: string) => ({ id: 'svc_1', path: 'a/b/c', name }) as unknown as Service;

/** A page that shows a service and its builds, and an API that answers as often as it is told to. */
function page(awayFor = 0) {
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } } });
  let away = awayFor;
  let answers = 0;
  const answer = <T>(value: (count: number) => T): T => {
    if (away > 0) {
      away -= 1;
      throw new ApiUnreachable('did not answer');
    }
    answers += 1;
    return value(answers);
  };
  cache.setQueryData(['service', 'a/b/c'], serviceIn('before'));
  const builds = new QueryObserver(cache, {
    queryKey: ['builds', 'svc_1'],
    queryFn: async () => answer((count) => count),
  });
  builds.subscribe(() => {});
  const live = new LiveCache(cache, async () => answer((count) => serviceIn(`read ${count}`)));
  return {
    live,
    builds: () => builds.getCurrentResult(),
    service: () => cache.getQueryData<{ name: string }>(['service', 'a/b/c'])?.name,
    goAwayFor: (reads: number) => {
      away = reads;
    },
  };
}

describe('LiveCache', () => {
  it('reads what an event touched', async () => {
    const { live, service, builds } = page();
    await vi.advanceTimersByTimeAsync(0);
    live.take([event('build.succeeded', 'bld_1')]);
    await vi.advanceTimersByTimeAsync(100);
    expect(service()).toMatch(/^read/);
    expect(builds().data).toBeGreaterThan(1);
  });

  it('reads again what could not be read, until it could', async () => {
    const { live, service, builds, goAwayFor } = page();
    await vi.advanceTimersByTimeAsync(0);
    goAwayFor(4);
    live.take([event('build.succeeded', 'bld_1')]);
    await vi.advanceTimersByTimeAsync(900);
    expect(service()).toBe('before');
    expect(builds().error).toBeInstanceOf(ApiUnreachable);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(service()).toMatch(/^read/);
    expect(builds().error).toBeNull();
  });

  it('has what is on the page read when the API is heard again, though no event told of it', async () => {
    const { live, builds } = page(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(builds().error).toBeInstanceOf(ApiUnreachable);
    live.readAgain();
    await vi.advanceTimersByTimeAsync(100);
    expect(builds().data).toBe(1);
  });
});
