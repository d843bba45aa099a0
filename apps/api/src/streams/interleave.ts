/** Items of several sources as they come. Ends with the first that does, or fails; the others end by what they all hang on, a signal. */
export async function* interleave<Item>(...sources: readonly AsyncIterable<Item>[]): AsyncGenerator<Item> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const next = (index: number) => iterators[index]?.next().then((result) => ({ index, result }));
  const pending = iterators.map((_, index) => next(index));
  for (;;) {
    const first = await Promise.race(pending);
    if (first === undefined || first.result.done) return;
    pending[first.index] = next(first.index);
    yield first.result.value;
  }
}
