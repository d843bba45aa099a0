import { describe, expect, it } from 'vitest';
import { RateLimiter } from './rate-limit.ts';

describe('RateLimiter', () => {
  it('lets a burst of the whole quota through, then as much as is refilled, each key for itself', () => {
    let now = 0;
    const limiter = new RateLimiter({ name: 'test', quota: 60, windowSeconds: 60 }, () => now);
    const take = (key: string, times: number) =>
      Array.from({ length: times }, () => limiter.take(key)).filter(({ allowed }) => allowed).length;
    expect([take('a', 100), take('b', 1)]).toEqual([60, 1]);
    now += 5_000;
    expect(take('a', 100)).toBe(5);
    now += 3_600_000;
    expect(take('a', 100)).toBe(60);
  });

  it('says what is left and when to come back, and looking takes nothing', () => {
    let now = 0;
    const limiter = new RateLimiter({ name: 'test', quota: 2, windowSeconds: 60 }, () => now);
    expect(limiter.refusal('a')).toBeNull();
    expect(limiter.take('a').headers).toEqual({ 'ratelimit-policy': '"test";q=2;w=60', ratelimit: '"test";r=1;t=30' });
    limiter.take('a');
    expect(limiter.refusal('a')?.headers).toMatchObject({ ratelimit: '"test";r=0;t=60', 'retry-after': '30' });
    now += 29_000;
    expect(limiter.refusal('a')?.headers['retry-after']).toBe('1');
    now += 1_000;
    expect(limiter.refusal('a')).toBeNull();
    expect(limiter.take('a').allowed).toBe(true);
  });
});
