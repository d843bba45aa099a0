import type { Limits } from '../limits.ts';

/** Tells an upload that trickles from one that is only held up by us. */
export class UploadRate {
  private fromMs = 0;
  private bytes = 0;

  restart(nowMs: number): void {
    this.fromMs = nowMs;
    this.bytes = 0;
  }

  add(bytes: number): void {
    this.bytes += bytes;
  }

  /** True once when a whole window brought less than it had to; then a new window begins. */
  isTooSlow(nowMs: number, limits: Limits): boolean {
    const windowMs = nowMs - this.fromMs;
    if (windowMs < limits.bodyRateWindowMs) return false;
    const isSlow = this.bytes * 1000 < limits.bodyBytesPerSecond * windowMs;
    this.restart(nowMs);
    return isSlow;
  }
}
