import { expect, it } from 'vitest';
import { toLiveMs, toStages } from './stages.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, seconds)).toISOString();
const build = { phase: 'succeeded', createdAt: at(1), startedAt: at(2), endedAt: at(60), reusedBuild: null } as const;
const rollout = {
  phase: 'complete',
  createdAt: at(60),
  preparedAt: at(78),
  shiftedAt: at(79),
  liveAt: at(80),
  endedAt: at(90),
  paused: false,
} as const;
const shown = (times: Partial<Parameters<typeof toStages>[0]>) =>
  toStages({ receivedAt: at(0), build: null, rollout: null, ...times }).map(
    ({ name, is, ms, since }) => `${name} ${is}${ms === null ? '' : ` ${ms / 1_000}`}${since ? ' counting' : ''}`,
  );

it('fills from left to right', () => {
  expect(shown({ build: { ...build, phase: 'queued', startedAt: null, endedAt: null } })).toEqual([
    'push now counting',
    'build to come',
    'start to come',
    'shift to come',
    'live to come',
  ]);
  expect(shown({ build: { ...build, phase: 'running', endedAt: null } }).slice(0, 3)).toEqual([
    'push done 2',
    'build now counting',
    'start to come',
  ]);
  expect(
    shown({ build, rollout: { ...rollout, phase: 'preparing', preparedAt: null, liveAt: null, endedAt: null } }),
  ).toEqual(['push done 2', 'build done 58', 'start now counting', 'shift to come', 'live to come']);
  expect(shown({ build, rollout })).toEqual([
    'push done 2',
    'build done 58',
    'start done 18',
    'shift done 2',
    'live done',
  ]);
  expect(toLiveMs({ receivedAt: at(0), build, rollout })).toBe(80_000);
});

it('says where it ended', () => {
  expect(shown({ build: { ...build, phase: 'failed' } })).toEqual([
    'push done 2',
    'build failed 58',
    'start skipped',
    'shift skipped',
    'live skipped',
  ]);
  expect(
    shown({ build, rollout: { ...rollout, phase: 'aborted', preparedAt: null, shiftedAt: null, liveAt: null } }).slice(
      2,
    ),
  ).toEqual(['start failed', 'shift skipped', 'live skipped']);
  expect(shown({ build: { ...build, phase: 'superseded', startedAt: null } }).slice(0, 2)).toEqual([
    'push done',
    'build failed',
  ]);
});

it('leaves out what was not needed', () => {
  expect(shown({ receivedAt: null, rollout }).slice(0, 2)).toEqual(['push skipped', 'build skipped']);
  expect(toLiveMs({ receivedAt: null, build: null, rollout })).toBe(20_000);
  expect(toLiveMs({ receivedAt: null, build, rollout: null })).toBeNull();
});
