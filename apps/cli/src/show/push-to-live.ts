import type { Colours } from '../terminal/colours.ts';
import { textWidth } from '../terminal/text-width.ts';
import { duration } from '../terminal/times.ts';

/** The one row that fills from left to right on the way from a push to live. */
export const stageNames = ['push', 'build', 'start', 'shift', 'live'] as const;
export type StageName = (typeof stageNames)[number];

export interface StageTimes {
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly note?: string;
}

export type Stages = Readonly<Partial<Record<StageName, StageTimes>>>;

const rings = ['◐', '◓', '◑', '◒'];

/**
 * `push 0:01 ●── build 1:12 ●── start 0:18 ◐── shift ○── live ○  1:34`: what is done is filled, what is going on turns and counts,
 * what is to come is open. Where that does not fit on one line, only what is going on: a row that wraps cannot be drawn over.
 */
export function renderPushToLive(
  stages: Stages,
  startedAtMs: number,
  nowMs: number,
  colours: Colours,
  columns = 120,
): string {
  const total = duration(nowMs - startedAtMs);
  const whole = `${stageNames.map((name) => renderStage(name, stages[name], nowMs, colours)).join(colours.dim(' ── '))}   ${total}`;
  if (textWidth(whole) < columns) return whole;
  const current = stageNames.findLast((name) => stages[name] !== undefined) ?? 'push';
  const stage = renderStage(current, stages[current], nowMs, colours);
  return textWidth(stage) + total.length + 3 < columns ? `${stage}   ${total}` : total;
}

function renderStage(name: StageName, times: StageTimes | undefined, nowMs: number, colours: Colours): string {
  if (!times) return colours.dim(`${name} ○`);
  const note = times.note ? ` ${colours.dim(times.note)}` : '';
  if (times.endedAtMs !== null) {
    const took = times.endedAtMs - times.startedAtMs;
    return `${name}${took >= 1_000 ? ` ${duration(took)}` : ''}${note} ${colours.green('●')}`;
  }
  const ring = rings[Math.floor(nowMs / 250) % rings.length] ?? '◐';
  return `${colours.bold(name)} ${duration(nowMs - times.startedAtMs)}${note} ${colours.blue(ring)}`;
}

/** Keeps the stages of one deploy by a clock of this machine: what a person waiting here saw. */
export function createStageClock(now: () => number) {
  const stages: Partial<Record<StageName, StageTimes>> = {};
  const startedAtMs = now();
  let current: StageName | null = null;
  const end = () => {
    const times = current === null ? undefined : stages[current];
    if (current !== null && times) stages[current] = { ...times, endedAtMs: now() };
    current = null;
  };
  return {
    startedAtMs,
    get stages(): Stages {
      return stages;
    },
    get current(): StageName | null {
      return current;
    },
    /** Ends the stage before it; going back is not possible, staying is. */
    enter(name: StageName, note?: string): void {
      if (stages[name]?.endedAtMs != null) return;
      if (current !== name) {
        end();
        stages[name] ??= { startedAtMs: now(), endedAtMs: null };
        current = name;
      }
      const times = stages[name];
      if (note !== undefined && times) stages[name] = { ...times, note };
    },
    finish(): void {
      end();
    },
    elapsedMs(): number {
      return now() - startedAtMs;
    },
    tookMs(name: StageName): number | null {
      const times = stages[name];
      return times?.endedAtMs == null ? null : times.endedAtMs - times.startedAtMs;
    },
  };
}

export type StageClock = ReturnType<typeof createStageClock>;
