import type { Connected } from '../connection/connect.ts';
import type { Context, GlobalOptions } from '../context.ts';
import { createStageClock, renderPushToLive, type StageClock } from '../show/push-to-live.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { createProgress, type Progress, silentProgress } from '../terminal/progress.ts';
import { took } from '../terminal/times.ts';
import type { Following } from './follow-work.ts';
import type { Landed } from './push-and-follow.ts';

/** Shows how far a deploy is until what `land` follows is live, then says where it answers and what it took. */
export async function followLanding(
  context: Context,
  options: GlobalOptions,
  connected: Connected,
  land: (following: Following) => Promise<Landed[]>,
): Promise<void> {
  const stages = createStageClock(() => performance.now());
  const progress = options.json ? silentProgress : createProgress(context.terminal);
  try {
    const landed = await land(makeFollowing(context, connected, stages, progress));
    stages.enter('live');
    stages.finish();
    progress.end();
    await report(context, options, connected, landed, stages);
  } finally {
    progress.end();
  }
}

function makeFollowing(context: Context, connected: Connected, stages: StageClock, progress: Progress): Following {
  const { noteColours, columns } = context.terminal;
  const render = () => renderPushToLive(stages.stages, stages.startedAtMs, performance.now(), noteColours, columns);
  return {
    client: connected.client,
    signal: context.signal,
    stages,
    onLine: (text) => {
      if (text !== '') progress.line(noteColours.dim(`  | ${text}`));
    },
    onNote: (text) => progress.line(cleanText(text)),
    onChange: () => progress.row(stages.current ?? '', render),
  };
}

async function report(
  context: Context,
  options: GlobalOptions,
  connected: Connected,
  landed: readonly Landed[],
  stages: StageClock,
): Promise<void> {
  const { terminal, signal } = context;
  const timings = {
    pushMs: stages.tookMs('push'),
    buildMs: stages.tookMs('build'),
    startMs: stages.tookMs('start'),
    shiftMs: stages.tookMs('shift'),
    totalMs: stages.elapsedMs(),
  };
  const services = await Promise.all(
    landed.map(async ({ service, release, rollout, build }) => {
      const { urls } = await connected.client.getService({ params: { service: service.id }, signal });
      return {
        service,
        release,
        urls,
        build: build && { id: build.id, reused: build.reusedBuild },
        rollout: { id: rollout.id, liveAt: rollout.liveAt },
      };
    }),
  );
  if (options.json) return terminal.json({ state: 'live', services, timings });
  const { green, bold, dim } = terminal.colours;
  const parts = (['push', 'build', 'start', 'shift'] as const).flatMap((name) => {
    const ms = stages.tookMs(name);
    return ms === null ? [] : [`${name} ${took(ms)}`];
  });
  for (const { service, release, urls } of services) {
    if (!terminal.quiet)
      terminal.line(
        `${green('● live')}  ${bold(service.path)} ${release.name} in ${took(timings.totalMs)}  ${dim(`(${parts.join(', ')})`)}`,
      );
    terminal.line(terminal.quiet ? urls.host : `  ${urls.host}`);
  }
}
