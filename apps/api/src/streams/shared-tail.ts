/** The end of an ordered log in memory, read once for all who follow it. */
export interface TailSource<Item, Position> {
  /** Items after a position, oldest first, at most a few hundred; fewer than that means that there are no more now. */
  read(after: Position): Promise<readonly Item[]>;
  positionOf(item: Item): Position;
  compare(a: Position, b: Position): number;
  /** Items kept for those who are a little behind; who is further behind reads for themselves. */
  readonly keep: number;
  onError(error: unknown): void;
}

export class SharedTail<Item, Position> {
  readonly #source: TailSource<Item, Position>;
  #items: Item[] = [];
  /** Everything after it is in `#items`. */
  #from: Position;
  #head: Position;
  #reading = false;
  #again = false;
  readonly #waiting = new Set<() => void>();

  constructor(source: TailSource<Item, Position>, start: Position) {
    this.#source = source;
    this.#from = start;
    this.#head = start;
  }

  get from(): Position {
    return this.#from;
  }

  /** Reads what is new. Calls while it reads make it read once more; they are never lost and never pile up. */
  refresh(): void {
    this.#again = true;
    if (!this.#reading) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#reading = true;
    try {
      while (this.#again) {
        this.#again = false;
        const items = await this.#source.read(this.#head);
        if (items.length > 0) this.#take(items);
      }
    } catch (error) {
      // Whoever calls `refresh` next, at the latest the poll, tries again.
      this.#source.onError(error);
    } finally {
      this.#reading = false;
    }
  }

  #take(items: readonly Item[]): void {
    const last = items.at(-1);
    if (last === undefined) return;
    this.#items.push(...items);
    this.#head = this.#source.positionOf(last);
    this.#again = true;
    const extra = this.#items.length - this.#source.keep;
    if (extra > 0) {
      const dropped = this.#items.splice(0, extra).at(-1);
      if (dropped !== undefined) this.#from = this.#source.positionOf(dropped);
    }
    this.wake();
  }

  /** Items after a position that are in memory, or null when what follows it is not. */
  since(after: Position): readonly Item[] | null {
    const { compare, positionOf } = this.#source;
    if (compare(after, this.#from) < 0) return null;
    if (compare(after, this.#head) >= 0) return [];
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.#items[middle];
      if (item !== undefined && compare(positionOf(item), after) <= 0) low = middle + 1;
      else high = middle;
    }
    return this.#items.slice(low);
  }

  /** Resolves when there is something after the position, when woken, or with the signal. */
  changed(after: Position, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#source.compare(this.#head, after) > 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  /** Lets all who wait look at what they wait for. */
  wake(): void {
    for (const resolve of [...this.#waiting]) resolve();
  }
}

/** Follows a tail from any position: from the database while behind, from memory once near. Ends with the signal, or when `ended` says so. */
export async function* followTail<Item, Position>(
  tail: SharedTail<Item, Position>,
  source: TailSource<Item, Position>,
  options: {
    readonly after: Position;
    readonly signal: AbortSignal;
    readonly ended?: (() => Promise<boolean>) | undefined;
  },
): AsyncGenerator<readonly Item[]> {
  const { signal, ended } = options;
  let position = options.after;
  let last = false;
  while (!signal.aborted) {
    // Before an end is believed, the database is read once more: the last items may have come just before it.
    const { from } = tail;
    const items = (last ? null : tail.since(position)) ?? (await source.read(position));
    const newest = items.at(-1);
    if (newest !== undefined) {
      position = source.positionOf(newest);
      yield items;
    } else if (last) return;
    else if (ended && (await ended())) last = true;
    else {
      // Nothing stands between it and where memory begins: it goes on from there, and does not read again and again what is not there.
      if (source.compare(position, from) < 0) position = from;
      await tail.changed(position, signal);
    }
  }
}
