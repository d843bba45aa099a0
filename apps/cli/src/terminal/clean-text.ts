/** Colours (SGR) are let through where `colours` says so. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const sequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const controls = /[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const colour = /^\x1b\[[\d;]*m$/;

/**
 * Text from a service, a commit or a server, safe to print: what moves the cursor, renames the window or answers in the reader's name
 * is taken out. One line stays one line.
 */
export function cleanText(text: string, colours = false): string {
  const kept = text
    .replace(sequences, (sequence) => (colours && colour.test(sequence) ? sequence : ''))
    .replace(controls, '');
  return colours && kept.includes('\x1b') ? `${kept}\x1b[0m` : kept;
}
