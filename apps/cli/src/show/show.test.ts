import type { Service } from '@sconce/contract';
import { describe, expect, it } from 'vitest';
import { makeColours } from '../terminal/colours.ts';
import { createStageClock, renderPushToLive } from './push-to-live.ts';
import { stateMark, stateOf } from './service-state.ts';
import { commitWords, valueWords } from './words.ts';

const plain = makeColours(false);

describe('renderPushToLive', () => {
  it('fills from left to right', () => {
    let now = 0;
    const clock = createStageClock(() => now);
    const row = () => renderPushToLive(clock.stages, clock.startedAtMs, now, plain);
    clock.enter('push');
    expect(row()).toBe('push 0:00 ◐ ── build ○ ── start ○ ── shift ○ ── live ○   0:00');
    now = 1_500;
    clock.enter('build', 'queued');
    now = 73_500;
    expect(row()).toBe('push 0:02 ● ── build 1:12 queued ◑ ── start ○ ── shift ○ ── live ○   1:14');
    clock.enter('build', '');
    clock.enter('start');
    now = 90_000;
    clock.enter('live');
    clock.finish();
    expect(row()).toBe('push 0:02 ● ── build 1:12 ● ── start 0:17 ● ── shift ○ ── live ●   1:30');
  });

  it('never wraps: where it is too long it says only what is going on', () => {
    let now = 0;
    const clock = createStageClock(() => now);
    clock.enter('push');
    now = 1_000;
    clock.enter('build', 'queued');
    now = 3_000;
    const row = (columns: number) => renderPushToLive(clock.stages, clock.startedAtMs, now, plain, columns);
    expect(row(40)).toBe('build 0:02 queued ◐   0:03');
    expect(row(10)).toBe('0:03');
    for (let columns = 5; columns < 100; columns += 1) expect(row(columns).length).toBeLessThan(columns);
  });

  it('does not go back to a stage that has ended', () => {
    let now = 0;
    const clock = createStageClock(() => now);
    clock.enter('build');
    now = 1_000;
    clock.enter('start');
    clock.enter('build', 'again');
    expect(clock.current).toBe('start');
    expect(clock.tookMs('build')).toBe(1_000);
    expect(clock.tookMs('start')).toBeNull();
  });
});

describe('service state', () => {
  const service = (state: Service['state'], rest: object = {}) =>
    stateOf({
      state,
      rollout: null,
      replicas: { ready: 1, total: 1, wanted: 1, observedAt: null },
      waiting: null,
      ...rest,
    } as never);

  it.each([
    ['empty', {}, 'waiting'],
    ['building', {}, 'moving'],
    ['deploying', {}, 'moving'],
    ['deploying', { rollout: { phase: 'paused' } }, 'paused'],
    ['live', {}, 'live'],
    ['live', { replicas: { ready: 0, total: 0, wanted: 0, observedAt: null } }, 'asleep'],
    ['degraded', {}, 'waiting'],
    ['down', {}, 'failed'],
  ] as const)('%s %j is shown as %s', (state, rest, word) => expect(service(state, rest)).toBe(word));

  it('has a shape of its own for each word, so that none needs its colour', () => {
    const marks = (['live', 'moving', 'waiting', 'asleep', 'failed', 'paused'] as const).map(
      (word) => stateMark(word, plain).split(' ')[0],
    );
    expect(new Set(marks).size).toBe(6);
  });
});

describe('words', () => {
  it('tells a commit in one line, safely', () => {
    const commit = {
      sha: '3fa9c1d0',
      message: 'Resize before\x1b[2J crop\n\nmore',
      author: 'Ana <ana@example.com>',
      ref: null,
    };
    expect(commitWords(commit)).toBe('3fa9c1d "Resize before crop" by Ana');
    expect(commitWords(null)).toBe('no commit');
    expect([valueWords(null), valueWords('a\x1b[2Jb'), valueWords('x'.repeat(80)).length]).toEqual(['-', 'ab', 60]);
  });
});
