import type { Build, Rollout } from '@sconce/contract';

/** The one row that fills from left to right, from a push to live; the command line draws the same. */
export const stageNames = ['push', 'build', 'start', 'shift', 'live'] as const;
export type StageName = (typeof stageNames)[number];

export interface Stage {
  readonly name: StageName;
  readonly is: 'done' | 'now' | 'failed' | 'to come' | 'skipped';
  /** How long it took, where it is over and was measured. */
  readonly ms: number | null;
  /** Since when it is under way. */
  readonly since: string | null;
}

type BuildTimes = Pick<Build, 'phase' | 'createdAt' | 'startedAt' | 'endedAt' | 'reusedBuild'>;
type RolloutTimes = Pick<Rollout, 'phase' | 'createdAt' | 'preparedAt' | 'shiftedAt' | 'liveAt' | 'endedAt' | 'paused'>;

interface Times {
  /** When the push came; null where nobody pushed. */
  readonly receivedAt: string | null;
  readonly build: BuildTimes | null;
  readonly rollout: RolloutTimes | null;
}

/** What each part took or takes. A build that reused an image, and a deploy without a build, have parts that were skipped. */
export function toStages({ receivedAt, build, rollout }: Times): readonly Stage[] {
  return [pushStage(receivedAt, build), buildStage(build), ...rolloutStages(rollout, build !== null && isOver(build))];
}

function pushStage(receivedAt: string | null, build: BuildTimes | null): Stage {
  if (!build) return stage('push', 'skipped');
  const since = receivedAt ?? build.createdAt;
  if (build.startedAt) return { ...stage('push', 'done'), ms: between(since, build.startedAt) };
  return build.endedAt ? stage('push', 'done') : { ...stage('push', 'now'), since };
}

function buildStage(build: BuildTimes | null): Stage {
  if (!build) return stage('build', 'skipped');
  if (!build.startedAt) return stage('build', build.endedAt ? 'failed' : 'to come');
  if (!build.endedAt) return { ...stage('build', 'now'), since: build.startedAt };
  return {
    ...stage('build', build.phase === 'succeeded' ? 'done' : 'failed'),
    ms: between(build.startedAt, build.endedAt),
  };
}

function rolloutStages(rollout: RolloutTimes | null, wasBuilt: boolean): Stage[] {
  const names = ['start', 'shift', 'live'] as const;
  if (!rollout) return names.map((name) => stage(name, wasBuilt ? 'skipped' : 'to come'));
  const { createdAt, preparedAt, liveAt } = rollout;
  const gaveUp = ['aborting', 'aborted', 'superseded'].includes(rollout.phase);
  const start = part('start', createdAt, preparedAt, gaveUp);
  const shift = preparedAt ? part('shift', preparedAt, liveAt, gaveUp) : stage('shift', gaveUp ? 'skipped' : 'to come');
  return [start, shift, stage('live', liveAt ? (gaveUp ? 'failed' : 'done') : gaveUp ? 'skipped' : 'to come')];
}

function part(name: StageName, since: string, until: string | null, gaveUp: boolean): Stage {
  if (until) return { ...stage(name, 'done'), ms: between(since, until) };
  return gaveUp ? stage(name, 'failed') : { ...stage(name, 'now'), since };
}

const stage = (name: StageName, is: Stage['is']): Stage => ({ name, is, ms: null, since: null });
const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
const isOver = (build: BuildTimes): boolean => build.endedAt !== null && build.phase !== 'succeeded';

/** From the push, or what else began it, to live; null while it is not. */
export function toLiveMs({ receivedAt, build, rollout }: Times): number | null {
  const from = receivedAt ?? build?.createdAt ?? rollout?.createdAt;
  return from && rollout?.liveAt ? between(from, rollout.liveAt) : null;
}
