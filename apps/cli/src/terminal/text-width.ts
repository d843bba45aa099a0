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
