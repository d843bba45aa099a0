import type { EpochMs } from '../clock.ts';
import { measuredUntil, type Steps } from './metric-points.ts';
import { type ResolutionSeconds, resolutions } from './metric-rows.ts';

/** Steps that history can be asked for in, and their length. */
export const metricSteps = {
  '10s': 10,
  '1m': 60,
  '5m': 300,
  '10m': 600,
  '30m': 1_800,
  '1h': 3_600,
  '6h': 21_600,
  '1d': 86_400,
} as const;
export type MetricStep = keyof typeof metricSteps;

export interface MetricQuery {
  readonly since: EpochMs | null;
  readonly until: EpochMs | null;
  readonly step: MetricStep | null;
  readonly byReplica: boolean;
  readonly now: EpochMs;
}

export interface MetricPlan extends Steps {
  readonly step: MetricStep;
  readonly resolutionSeconds: ResolutionSeconds;
}

export interface MetricQueryProblem {
  readonly field: 'since' | 'step' | 'by';
  readonly message: string;
}

const defaultMs = 3_600_000;
/** As many as a wide graph shows. */
const wantedPoints = 400;
const mostPoints = 2_000;
const [finest, , coarsest] = resolutions;
const days = (ms: number) => ms / 86_400_000;
const hours = (ms: number) => ms / 3_600_000;

/** Which stretch of history answers a question, in which steps; or what is wrong with the question. */
export function planMetricSteps(query: MetricQuery): MetricPlan | MetricQueryProblem {
  const { now } = query;
  const asked = Math.min(query.until ?? now, now);
  const since = query.since ?? asked - defaultMs;
  if (since >= asked) return { field: 'since', message: 'Has to be before `until`, and before now' };
  if (now - since > coarsest.keptMs)
    return { field: 'since', message: `History goes back ${days(coarsest.keptMs)} days` };
  const step = query.step ?? chooseStep(since, asked, now, query.byReplica);
  const stepMs = metricSteps[step] * 1000;
  const resolution = resolutionOf(step);
  if (query.byReplica && resolution !== finest)
    return {
      field: 'by',
      message: `Replicas are told apart in steps of 10s alone, which go back ${hours(finest.keptMs)} hours`,
    };
  if (now - since > resolution.keptMs)
    return {
      field: 'step',
      message: `Steps of ${step} go back ${hours(resolution.keptMs)} hours: ask for longer ones, or a later \`since\``,
    };
  if ((asked - since) / stepMs > mostPoints)
    return { field: 'step', message: `That is more than ${mostPoints} points: ask for longer steps` };
  return {
    step,
    stepMs,
    resolutionSeconds: resolution.seconds,
    since: floor(since, stepMs),
    until: endOf(asked, resolution.seconds, now),
  };
}

/** What is kept in one row cannot be cut in two; only the newest row ends where things are now. */
function endOf(asked: EpochMs, seconds: number, now: EpochMs): EpochMs {
  const newest = measuredUntil(now);
  return asked >= newest ? newest : floor(asked, seconds * 1000);
}

function chooseStep(since: EpochMs, until: EpochMs, now: EpochMs, byReplica: boolean): MetricStep {
  if (byReplica) return '10s';
  const steps = Object.keys(metricSteps) as MetricStep[];
  const fits = (step: MetricStep) =>
    (until - since) / (metricSteps[step] * 1000) <= wantedPoints && now - since <= resolutionOf(step).keptMs;
  return steps.find(fits) ?? '1d';
}

function resolutionOf(step: MetricStep) {
  const fitting = resolutions.filter(({ seconds }) => metricSteps[step] % seconds === 0);
  return fitting.at(-1) ?? finest;
}

const floor = (at: EpochMs, ms: number): EpochMs => Math.floor(at / ms) * ms;
