/**
 * How well a text answers what was typed, higher is better, null is not at all. Each word typed has to be in it: at its start best, at the start of one of
 * its parts next, anywhere, or last its letters in order (`vpr` finds vision/production/resnet50).
 */
export function findScore(typed: string, text: string): number | null {
  const target = text.toLowerCase();
  let score = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = scoreOfWord(word, target);
    if (found === null) return null;
    score += found;
  }
  return score - target.length / 1_000;
}

function scoreOfWord(word: string, target: string): number | null {
  const at = target.indexOf(word);
  if (at === 0) return 4;
  if (at > 0 && partStart.test(target.charAt(at - 1))) return 3;
  if (at > 0) return 2;
  return inOrder(word, target) ? 1 : null;
}

const partStart = /[\s/._-]/;

function inOrder(word: string, target: string): boolean {
  let from = 0;
  for (const letter of word) {
    const at = target.indexOf(letter, from);
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}

/** The best of them, best first; as they come where nothing was typed. */
export function findBest<Item>(
  items: readonly Item[],
  typed: string,
  textOf: (item: Item) => string,
  most: number,
): readonly Item[] {
  if (typed.trim() === '') return items.slice(0, most);
  return items
    .flatMap((item, index) => {
      const score = findScore(typed, textOf(item));
      return score === null ? [] : [{ item, score, index }];
    })
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, most)
    .map(({ item }) => item);
}
