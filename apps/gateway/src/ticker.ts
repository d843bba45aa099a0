/** How late a deadline may be noticed. */
const tickMs = 50;

/**
 * One timer for all deadlines: each connection keeps its own as a number, so a request sets no timer. Sleeps while
 * there is nothing to watch.
 */
export class Ticker {
  private timer: NodeJS.Timeout | null = null;
  private readonly onTick: () => boolean;

  /** `onTick` returns false when there is nothing left to watch. */
  constructor(onTick: () => boolean) {
    this.onTick = onTick;
  }

  wake(): void {
    if (this.timer !== null) return;
    this.timer = setInterval(() => {
      if (!this.onTick()) this.stop();
    }, tickMs);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }
}
