import type { GatewayTraffic } from '@sconce/contract';
import { type Deps, recordTraffic, type TrafficReport } from '@sconce/engine';

interface Heard {
  readonly report: TrafficReport;
  /** Says that it is written down. */
  readonly taken: () => void;
}

/** Gateways end their slots at the same moment: what they say of one is written together. */
const gatherMs = 250;
const tryAgainMs = 2_000;
/** Who is not answered says it again on the next link: nothing is lost by not keeping everything here. */
const maxHeld = 1_000;

/** Writes down what gateways counted, in one go for all that said something, and tells them when it stands. */
export class TrafficIntake {
  private readonly deps: Deps;
  private readonly signal: AbortSignal;
  private held: Heard[] = [];
  private writing: Promise<void> | null = null;

  constructor(deps: Deps, signal: AbortSignal) {
    this.deps = deps;
    this.signal = signal;
  }

  take(gateway: string, { boot, samples }: GatewayTraffic, taken: (boot: string, sequence: number) => void): void {
    const sequence = Math.max(0, ...samples.map((sample) => sample.sequence));
    this.held.push({ report: { gateway, boot, samples }, taken: () => taken(boot, sequence) });
    if (this.held.length > maxHeld) this.held.shift();
    this.writing ??= this.write().finally(() => {
      this.writing = null;
    });
  }

  /** Resolves when nothing is left to write, or the signal has aborted and what was being written is. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async write(): Promise<void> {
    const { clock, log } = this.deps;
    let said = false;
    await clock.sleep(gatherMs, this.signal).catch(() => {});
    while (this.held.length > 0) {
      const heard = this.held;
      this.held = [];
      try {
        await recordTraffic(
          this.deps,
          heard.map(({ report }) => report),
        );
        for (const { taken } of heard) taken();
      } catch (error) {
        if (this.signal.aborted) return;
        this.held = [...heard, ...this.held].slice(-maxHeld);
        if (!said) log.warn({ err: error }, 'what gateways counted was not written down; it is tried again');
        said = true;
        await clock.sleep(tryAgainMs, this.signal).catch(() => {});
      }
    }
  }
}
