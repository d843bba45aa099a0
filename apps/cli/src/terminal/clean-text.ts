/** Colours (SGR) are let through where `colours` says so. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const sequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const controls = /[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const colour = /^\x1b\[[\d;]*m$/;
/** What turns the direction of text around, so that it reads as something else than it is. */
const turns = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text from a service, a commit or a server, safe to print: what moves the cursor, renames the window or answers in the reader's name
 * is taken out, and what turns text around is shown for what it is. One line stays one line.
 */
export function cleanText(text: string, colours = false): string {
  const kept = text
    .replace(sequences, (sequence) => (colours && colour.test(sequence) ? sequence : ''))
    .replace(controls, '')
    .replace(turns, (character) => `<U+${code(character)}>`);
  return colours && kept.includes('\x1b') ? `${kept}\x1b[0m` : kept;
}

/** The same for lines of our own that hold foreign text: a net below everything that is printed. */
export function cleanLines(text: string, colours: boolean): string {
  return text
    .split('\n')
    .map((line) => cleanText(line, colours))
    .join('\n');
}

/** JSON in which no character acts on a terminal; it reads as the same value. */
export function cleanJson(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${code(character).toLowerCase()}`,
  );
}

function code(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
