import { ApiError } from '../endpoint/api-error.ts';

interface SlotWords {
  readonly what: string;
  readonly hint: string;
}

const callWords: SlotWords = {
  what: 'calls',
  hint: 'Wait until one has ended, or call the service at the gateway’s address.',
};

/** How many calls are under way in this process: each holds a connection to the gateway, and one caller may not take them all. */
export class CallSlots {
  readonly #mostOfOne: number;
  readonly #mostOfAll: number;
  readonly #byCaller = new Map<string, number>();
  readonly #words: SlotWords;
  #all = 0;

  constructor(mostOfOne: number, mostOfAll: number, words = callWords) {
    this.#mostOfOne = mostOfOne;
    this.#mostOfAll = mostOfAll;
    this.#words = words;
  }

  /** Answers how to give the slot back, once. Throws `ApiError` rate_limited. */
  enter(caller: string): () => void {
    const own = this.#byCaller.get(caller) ?? 0;
    if (own >= this.#mostOfOne || this.#all >= this.#mostOfAll) {
      const whose = own >= this.#mostOfOne ? 'of yours ' : '';
      throw new ApiError(
        'rate_limited',
        `${own || this.#all} ${this.#words.what} ${whose}are under way; more are not made at once`,
        {
          hint: this.#words.hint,
          headers: { 'retry-after': '2' },
        },
      );
    }
    this.#byCaller.set(caller, own + 1);
    this.#all += 1;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#all -= 1;
      const left = (this.#byCaller.get(caller) ?? 1) - 1;
      if (left > 0) this.#byCaller.set(caller, left);
      else this.#byCaller.delete(caller);
    };
  }
}
