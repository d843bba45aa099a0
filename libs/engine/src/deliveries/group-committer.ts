/** Hands single items to a commit that is dear per call and cheap per item. */
export interface GroupCommitter<I, O> {
  /** Resolves with the item's own answer once its group is committed. */
  add(item: I): Promise<O>;
}

export interface GroupCommitterOptions<I, O> {
  /** Answers in the order of the items. A throw fails every item of the group. */
  readonly commit: (items: readonly I[]) => Promise<readonly O[]>;
  readonly sizeOf: (item: I) => number;
  readonly maxItems: number;
  readonly maxBytes: number;
  /** What may wait; above it `refuse` throws. */
  readonly maxWaitingBytes: number;
  readonly refuse: () => never;
}

interface Waiting<I, O> {
  readonly item: I;
  readonly size: number;
  readonly resolve: (answer: O) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The first item goes alone and at once; whatever comes while it is being written goes together after it. So nothing waits for a timer, and
 * under load one flush to disk carries hundreds.
 */
export function createGroupCommitter<I, O>(options: GroupCommitterOptions<I, O>): GroupCommitter<I, O> {
  let waiting: Waiting<I, O>[] = [];
  let waitingBytes = 0;
  let writing = false;

  const takeGroup = (): Waiting<I, O>[] => {
    let bytes = 0;
    let count = 0;
    for (const { size } of waiting) {
      // One that is above the limit by itself goes alone.
      if (count > 0 && (count >= options.maxItems || bytes + size > options.maxBytes)) break;
      bytes += size;
      count += 1;
    }
    waitingBytes -= bytes;
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return group;
  };

  const write = async (): Promise<void> => {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) await commitGroup(options, takeGroup());
    writing = false;
  };

  return {
    add: (item) => {
      const size = options.sizeOf(item);
      if (waitingBytes + size > options.maxWaitingBytes && waiting.length > 0) options.refuse();
      return new Promise<O>((resolve, reject) => {
        waiting.push({ item, size, resolve, reject });
        waitingBytes += size;
        void write();
      });
    },
  };
}

async function commitGroup<I, O>(options: GroupCommitterOptions<I, O>, group: readonly Waiting<I, O>[]): Promise<void> {
  try {
    const answers = await options.commit(group.map(({ item }) => item));
    group.forEach(({ resolve, reject }, index) => {
      const answer = answers[index];
      if (answer === undefined) reject(new Error('The commit answered for fewer items than it was given'));
      else resolve(answer);
    });
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}
