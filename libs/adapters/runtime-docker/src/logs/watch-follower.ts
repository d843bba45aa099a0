import type { Clock } from '@sconce/ports';
import type { LogFrame } from './log-frames.ts';

/** What is asked of a log beside its stream. */
export interface FollowerParts {
  readonly clock: Clock;
  /** The last message in the log; null when it has none, or nobody to ask. */
  lastFrame(): Promise<LogFrame | null>;
  /** How long a follower may be on its way to a message that stands in the log. */
  readonly patienceMs: number;
  /** Called at most once: what is in the log will not come, or not soon. */
  onLeftBehind(): void;
}

export interface FollowerWatch {
  /** Every frame that came, wanted or not. */
  seen(frame: LogFrame): void;
  /** The last message in the log, where it has not come. */
  missing(): Promise<LogFrame | null>;
  stop(): void;
}

/** While nothing comes there is little to ask about, but a log that was left behind looks just like that. */
const longestPauseMs = 15_000;

/**
 * Docker Engine 20.10 leaves a follower behind for good where a file is rotated while the files before it are still being given out:
 * it then waits at a file that nobody writes any more (moby's `loggerutils.ReadLogs` opens the file, gives out the older ones, and only then
 * begins to listen for rotations). So the log is asked for its last message now and then: a follower that has not come to it within its patience is to be opened anew.
 */
export function watchFollower({ clock, lastFrame, patienceMs, onLeftBehind }: FollowerParts): FollowerWatch {
  const abort = new AbortController();
  const latest = new Map<LogFrame['stream'], string>();
  let hasNews = false;

  const hasCome = ({ stream, timestamp }: LogFrame) => (latest.get(stream) ?? '') >= timestamp;

  async function unseen(): Promise<LogFrame | null> {
    const last = await lastFrame();
    return last === null || hasCome(last) ? null : last;
  }

  async function look(): Promise<void> {
    let awaited: LogFrame | null = null;
    for (let pauseMs = patienceMs; ; ) {
      await clock.sleep(pauseMs, abort.signal);
      if (awaited !== null && !hasCome(awaited)) return onLeftBehind();
      awaited = await unseen();
      if (abort.signal.aborted) return;
      pauseMs = awaited !== null || hasNews ? patienceMs : Math.min(pauseMs * 2, Math.max(longestPauseMs, patienceMs));
      hasNews = false;
    }
  }
  look().catch(() => undefined);

  return {
    seen(frame) {
      hasNews = true;
      if (!hasCome(frame)) latest.set(frame.stream, frame.timestamp);
    },
    missing: unseen,
    stop: () => abort.abort(),
  };
}
