/**
 * What one process works on of one message, by key. A message may come to it twice at once, by the queue and directly; it is worked on once.
 */
export interface Hands {
  /** Starts `work` when a hand is free, or answers the work under the key that is in hand already; null when all are busy. */
  take(key: string, work: () => Promise<void>): Promise<void> | null;
  /** The same for who may do it again: when the work in other hands fails, `work` is done here. False: all are busy. */
  takeOn(key: string, work: () => Promise<void>): Promise<boolean>;
  /** All that is in hand now. */
  readonly running: ReadonlySet<Promise<void>>;
}

export function makeHands(count: number): Hands {
  const inHand = new Map<string, Promise<void>>();
  const running = new Set<Promise<void>>();

  const take = (key: string, work: () => Promise<void>): Promise<void> | null => {
    const standing = inHand.get(key);
    if (standing !== undefined) return standing;
    if (running.size >= count) return null;
    const one = work().finally(() => {
      running.delete(one);
      inHand.delete(key);
    });
    running.add(one);
    inHand.set(key, one);
    return one;
  };

  const takeOn = async (key: string, work: () => Promise<void>): Promise<boolean> => {
    for (let others = inHand.get(key); others !== undefined; others = inHand.get(key)) {
      const done = await others.then(
        () => true,
        () => false,
      );
      if (done) return true;
    }
    const own = take(key, work);
    await own;
    return own !== null;
  };

  return { take, takeOn, running };
}
