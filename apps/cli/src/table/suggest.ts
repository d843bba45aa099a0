/** The name that was probably meant: one that begins so, or is at most two slips away. Null when nothing is near. */
export function suggest(word: string, names: readonly string[]): string | null {
  if (word === '' || word.length > 40) return null;
  const begins = names.find((name) => name.startsWith(word) || word.startsWith(name));
  if (begins) return begins;
  const near = names.map((name) => ({ name, slips: slipsBetween(word, name) })).sort((a, b) => a.slips - b.slips)[0];
  return near && near.slips <= (word.length > 4 ? 2 : 1) ? near.name : null;
}

/** Characters to insert, take away or change (Levenshtein). */
function slipsBetween(a: string, b: string): number {
  let before = [...Array(b.length + 1).keys()];
  for (const [row, character] of [...a].entries()) {
    const now = [row + 1];
    for (let column = 0; column < b.length; column += 1)
      now.push(
        Math.min(
          (before[column + 1] ?? 0) + 1,
          (now[column] ?? 0) + 1,
          (before[column] ?? 0) + (character === b[column] ? 0 : 1),
        ),
      );
    before = now;
  }
  return before.at(-1) ?? 0;
}
