import type { Build, Client, Delivery, Release, Rollout } from '@sconce/contract';
import { CliFailure } from '../exit-code.ts';
import type { StageClock } from '../show/push-to-live.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { isBookkeeping, lastLinesOf, lastLinesOfBuild } from './last-lines.ts';
import { type PollOptions, poll } from './poll.ts';

export interface Following {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly stages: StageClock;
  /** One line of a log. */
  readonly onLine: (text: string) => void;
  /** Something to tell beside the row. */
  readonly onNote: (text: string) => void;
  /** The row may look different now. */
  readonly onChange: () => void;
}

const ends: readonly string[] = ['succeeded', 'failed', 'cancelled', 'superseded'];
const rolloutEnds: readonly string[] = ['complete', 'aborted', 'superseded'];

/** The delivery of a push that was just made, once it was looked at. `known` are those of the same commit from before. */
export async function followDelivery(
  following: Following,
  project: string,
  repository: string,
  commit: string,
  known: ReadonlySet<string>,
): Promise<Delivery> {
  const { client, signal } = following;
  const found = await poll(
    'the push to arrive',
    { ...patience(following), limitMs: 60_000, everyMs: 100 },
    async () => {
      const { data } = await client.listDeliveries({
        params: { project },
        query: { repository, commit, limit: 20 },
        signal,
      });
      return data.find((delivery) => !known.has(delivery.id)) ?? null;
    },
  );
  const processed = await poll('the push to be looked at', { ...patience(following), everyMs: 100 }, async () => {
    const delivery = await client.getDelivery({ params: { delivery: found.id }, signal });
    return delivery.phase === 'processed' ? delivery : null;
  });
  if (processed.outcome === 'built') return processed;
  throw new CliFailure(processed.message ?? `The push was ${processed.outcome ?? 'not taken'}`, {
    code: processed.reason ?? 'ignored',
    hint: hints[processed.reason ?? ''] ?? null,
  });
}

const hints: Readonly<Record<string, string>> = {
  no_branch_rule: 'No branch rule lets this branch deploy. Push a branch that one names, or add a rule for this one.',
  skip_ci: 'The commit’s message asks for it. Deploy it all the same: sconce deploy --again',
  no_watched_path: 'Nothing that the services watch was changed. Deploy it all the same: sconce deploy --again',
};

/** Shows the build's log as it comes and answers the build when it has ended well. Throws `CliFailure` with its reason otherwise. */
export async function followBuild(following: Following, id: string): Promise<Build> {
  const { client, signal, stages } = following;
  const done = new AbortController();
  const log = showLog(following, id, AbortSignal.any([signal, done.signal]));
  try {
    const build = await poll('the build', patience(following), async () => {
      const now = await client.getBuild({ params: { build: id }, signal });
      stages.enter('build', now.phase === 'queued' ? 'queued' : now.reusedBuild ? 'image reused' : '');
      following.onChange();
      return ends.includes(now.phase) ? now : null;
    });
    // The stream ends by itself once the last line is out; a stream that hangs must not keep the answer.
    await Promise.race([log, new Promise((resolve) => setTimeout(resolve, 3_000).unref())]);
    if (build.phase === 'succeeded') return build;
    throw await buildFailed(following, build);
  } finally {
    done.abort();
    await log;
  }
}

/** Waits until the release is live, or throws `CliFailure` with why it is not and the last log lines of the replica. */
export async function followRollout(
  following: Following,
  service: string,
  release: Pick<Release, 'id' | 'number'>,
): Promise<Rollout> {
  const { client, signal, stages } = following;
  const name = `r${release.number}`;
  const options = patience(following);
  const first = await poll(`the rollout of ${name}`, { ...options, limitMs: 60_000 }, async () => {
    const { data } = await client.listRollouts({ params: { service }, query: { limit: 20 }, signal });
    return data.find((rollout) => rollout.release.id === release.id) ?? null;
  });
  const rollout = await poll(`${name} to be live`, options, async () => {
    const now = await client.getRollout({ params: { rollout: first.id }, signal });
    stages.enter(
      now.preparedAt === null ? 'start' : 'shift',
      now.paused ? 'paused' : (now.reason ?? '').replaceAll('_', ' '),
    );
    following.onChange();
    return now.liveAt !== null || rolloutEnds.includes(now.phase) ? now : null;
  });
  if (rollout.liveAt !== null && rollout.phase !== 'aborted') return rollout;
  const lines = await lastLinesOf(client, rollout, signal).catch(() => []);
  const kept = rollout.from ? ` ${rollout.from.name} keeps answering.` : '';
  const why =
    rollout.message ??
    (rollout.phase === 'superseded' ? 'A newer change took over.' : `The rollout was ${rollout.phase}.`);
  throw new CliFailure(`${name} did not go live: ${why}${kept}`, {
    code: rollout.reason ?? rollout.phase,
    hint: rollout.hint,
    lines,
  });
}

async function showLog(following: Following, build: string, signal: AbortSignal): Promise<void> {
  try {
    for await (const line of following.client.follow.listBuildLogs({ params: { build }, signal }))
      if (!isBookkeeping(line.text)) following.onLine(cleanText(line.text));
  } catch (error) {
    // Without its log a build can still be followed; the abort is how this ends when nobody looks any more.
    if (!signal.aborted)
      following.onNote(`The log cannot be shown: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function buildFailed(following: Following, build: Build): Promise<CliFailure> {
  const { client, signal } = following;
  // Why it failed is known; the lines are a help, and may fail to come.
  const lines = await lastLinesOfBuild(client, build, signal).catch(() => []);
  const message =
    build.message ??
    (build.phase === 'superseded'
      ? 'A newer push took over before this one was built'
      : `The build was ${build.phase}`);
  return new CliFailure(message, { code: build.reason ?? build.phase, hint: build.hint, lines });
}

function patience(following: Following): PollOptions {
  return {
    signal: following.signal,
    onTrouble: () => following.onNote('The API does not answer; still trying. What was begun goes on.'),
  };
}
