import type { LogLine } from '@sconce/contract';

export type FeedState = 'connecting' | 'following' | 'reconnecting' | 'ended' | { readonly error: unknown };

/**
 * The last lines of a stream, in one array that grows in place: at a thousand lines a second nothing is copied. Those who show it are told once a frame.
 */
export class LogBuffer {
  readonly #most: number;
  readonly #listeners = new Set<() => void>();
  #lines: LogLine[] = [];
  #waiting: LogLine[] = [];
  #state: FeedState = 'connecting';
  #version = 0;
  #dropped = 0;
  #scheduled = false;

  constructor(most: number) {
    this.#most = most;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** How many had to make room for newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  get state(): FeedState {
    return this.#state;
  }

  take(line: LogLine): void {
    this.#waiting.push(line);
    this.#schedule();
  }

  setState(state: FeedState): void {
    this.#state = state;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A hidden tab has no frames; lines come all the same. Where there are many, what is made of them is made less often.
    const pauseMs = document.hidden ? 500 : Math.min(200, this.#lines.length / 500);
    if (pauseMs > 16) setTimeout(() => this.#flush(), pauseMs);
    else requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    for (const line of this.#waiting) this.#lines.push(line);
    this.#waiting = [];
    const extra = this.#lines.length - this.#most;
    // In pieces of a tenth: taking one off the front each time would move all others each time.
    if (extra > this.#most / 10) {
      this.#lines = this.#lines.slice(extra);
      this.#dropped += extra;
    }
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener();
  }

  /** For useSyncExternalStore: another number whenever something changed. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
