// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const colours = /\x1b\[[\d;]*m/g;

/** Characters as seen, without colours. Wide characters count as one: good enough to line up names and numbers. */
export function textWidth(text: string): number {
  return [...text.replace(colours, '')].length;
}

/** Cut to `width` characters, with an ellipsis where something was cut. For text without colours. */
export function shorten(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Lines of at most `width` characters, broken between words; a word that is longer stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || textWidth(last) + 1 + textWidth(word) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
