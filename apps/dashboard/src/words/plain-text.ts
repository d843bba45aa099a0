/** Characters that turn the direction of text around or hide in it: shown as what they are, so that nothing reads otherwise than it is. */
const deceptive = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u200b\u2060\ufeff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is about.
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text of strangers (names, messages) for one line: no control characters, no overrides of direction, not endless. */
export function plainLine(text: string, most = 300): string {
  const cut = text.length > most * 4 ? text.slice(0, most * 4) : text;
  const line = cut
    .replace(/\s+/g, ' ')
    .replace(control, '\ufffd')
    .replace(deceptive, (character) => `<${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}>`)
    .trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** First line of a commit's message. */
export function commitTitle(message: string): string {
  return plainLine(message.trimStart().split('\n', 1)[0] ?? '', 120);
}

/** `Ana` of `Ana <ana@example.com>`. */
export function authorName(author: string): string {
  return plainLine(author.replace(/\s*<[^>]*>\s*$/, '') || author, 60);
}

export const shortSha = (sha: string): string => sha.slice(0, 7);

/** `main` of `refs/heads/main`. */
export function refName(ref: string): string {
  return plainLine(ref.replace(/^refs\/(?:heads|tags)\//, ''), 80);
}
