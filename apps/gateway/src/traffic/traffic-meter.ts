import type { TrafficItem, TrafficSample } from '@sconce/contract';
import { type EpochMs, startOfSlot } from '@sconce/core';
import type { LiveTable } from '../table/live-table.ts';

/** In flight and waiting are looked at so often; a slot's figure is the mean of its looks. */
export const lookEveryMs = 1_000;
/** Samples wait for a scheduler so long: 15 minutes of slots. */
const maxSamples = 90;
/** And no more than this, however many replicas there are: some 50 MB. */
const maxItems = 200_000;

/**
 * Makes a sample of each slot of ten seconds in which there was something, and keeps it until it is known to be written down. A request costs it a few
 * additions; everything else happens once a second and once a slot.
 */
export class TrafficMeter {
  /** Tells this life of the gateway from those before. */
  readonly boot: string;
  private readonly table: LiveTable;
  private readonly onSample: () => void;
  private readonly held: TrafficSample[] = [];
  private slot: EpochMs;
  private looks = 0;
  private made = 0;

  constructor(boot: string, table: LiveTable, now: EpochMs, onSample: () => void) {
    this.boot = boot;
    this.table = table;
    this.slot = startOfSlot(now);
    this.onSample = onSample;
  }

  /** Samples after this number that were not taken yet. */
  after(sequence: number): readonly TrafficSample[] {
    return this.held.filter((sample) => sample.sequence > sequence);
  }

  /** They are written down. A `boot` of another life says nothing about these. */
  taken(boot: string, sequence: number): void {
    if (boot !== this.boot) return;
    while ((this.held[0]?.sequence ?? Number.POSITIVE_INFINITY) <= sequence) this.held.shift();
  }

  /** Every `lookEveryMs`. */
  look(now: EpochMs): void {
    // Also after the clock was set back: what is counted of a slot in two pieces adds up.
    if (startOfSlot(now) !== this.slot) this.endSlot(startOfSlot(now));
    this.looks += 1;
    for (const { tally, inFlight } of this.table.replicas.values()) tally.look(inFlight, 0);
    for (const { tally, queue } of this.table.routes.values()) tally.look(0, queue.size);
  }

  private endSlot(next: EpochMs): void {
    const items = this.takeItems();
    if (items.length > 0) {
      this.made += 1;
      this.held.push({ sequence: this.made, at: this.slot, items });
      this.dropOldest();
      this.onSample();
    }
    this.slot = next;
    this.looks = 0;
  }

  private takeItems(): TrafficItem[] {
    const looks = Math.max(1, this.looks);
    const { news } = this.table;
    const items = [...news].map((tally) => {
      const counts = tally.take();
      return { ...counts, inFlight: counts.inFlight / looks, waiting: counts.waiting / looks };
    });
    news.clear();
    return items;
  }

  private dropOldest(): void {
    let items = this.held.reduce((sum, sample) => sum + sample.items.length, 0);
    while (this.held.length > maxSamples || (items > maxItems && this.held.length > 1))
      items -= this.held.shift()?.items.length ?? 0;
  }
}
