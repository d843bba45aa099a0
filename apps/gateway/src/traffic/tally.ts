import { latencyBucket, latencyBuckets, toLatencyCounts } from '@sconce/core';

export interface TallyOf {
  readonly service: string;
  /** Both empty: of no release, because no replica was found. */
  readonly release: string;
  readonly replica: string;
}

/** The part of a sample that one tally gives. */
export interface TallyCounts extends TallyOf {
  readonly answers: [number, number, number, number, number, number];
  readonly ownErrors: number;
  readonly latency: number[];
  /** Sums over looks. */
  readonly inFlight: number;
  readonly waiting: number;
}

/**
 * Counts what happens to the requests of one release on one replica, until it is taken. Requests keep theirs to the end, whatever becomes of the replica
 * meanwhile: the first thing that is counted puts it on the list of those that have something to tell.
 */
export class Tally {
  private readonly of: TallyOf;
  private readonly news: Set<Tally>;
  private readonly answers = [0, 0, 0, 0, 0, 0];
  private ownErrors = 0;
  private latency: Uint32Array | null = null;
  private inFlight = 0;
  private waiting = 0;
  private hasNews = false;

  constructor(of: TallyOf, news: Set<Tally>) {
    this.of = of;
    this.news = news;
  }

  /** A request ended with this status; 0: without a whole answer. */
  count(status: number): void {
    const digit = Math.floor(status / 100);
    this.answers[digit] = (this.answers[digit] ?? 0) + 1;
    this.note();
  }

  /** A request was answered by the gateway in the service's place. */
  countOwn(status: number): void {
    if (status >= 500) this.ownErrors += 1;
    this.count(status);
  }

  /** A request ended with a whole answer of a replica, so long after it began. */
  countWhole(status: number, ms: number): void {
    this.latency ??= new Uint32Array(latencyBuckets);
    const bucket = latencyBucket(ms);
    this.latency[bucket] = (this.latency[bucket] ?? 0) + 1;
    this.count(status);
  }

  look(inFlight: number, waiting: number): void {
    if (inFlight === 0 && waiting === 0) return;
    this.inFlight += inFlight;
    this.waiting += waiting;
    this.note();
  }

  /** Answers what was counted, and begins anew. */
  take(): TallyCounts {
    const [cut = 0, informational = 0, good = 0, elsewhere = 0, refused = 0, failed = 0] = this.answers;
    const counts: TallyCounts = {
      ...this.of,
      answers: [cut, informational, good, elsewhere, refused, failed],
      ownErrors: this.ownErrors,
      latency: this.latency === null ? [] : [...toLatencyCounts(this.latency)],
      inFlight: this.inFlight,
      waiting: this.waiting,
    };
    this.answers.fill(0);
    this.latency?.fill(0);
    this.ownErrors = 0;
    this.inFlight = 0;
    this.waiting = 0;
    this.hasNews = false;
    return counts;
  }

  private note(): void {
    if (this.hasNews) return;
    this.hasNews = true;
    this.news.add(this);
  }
}
