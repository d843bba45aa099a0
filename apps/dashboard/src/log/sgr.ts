/** A piece of a line in one look. */
export interface Piece {
  readonly text: string;
  readonly colour: Colour | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
}

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

interface Look {
  colour: Colour | null;
  bold: boolean;
  dim: boolean;
  underline: boolean;
}

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: escape sequences are what it is about.
/** ECMA-48: CSI, OSC (ended by BEL or ST), the other string sequences, and two-character escapes. Unended ones reach to the line's end. */
const sequence =
  /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~]?)|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[PX^_][^\u001b]*(?:\u001b\\|$)|\u001b[ -/]*[0-~]?/g;
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above.
const deceptive = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

/** What is shown of a line; the whole of it is in the download. */
const mostShown = 8_000;

/** A line as pieces with colours: SGR alone is followed, whatever else a program sends to a terminal is left out. */
export function toPieces(line: string): readonly Piece[] {
  const text = afterReturns(line.length > mostShown ? `${line.slice(0, mostShown)}…` : line);
  const look: Look = { colour: null, bold: false, dim: false, underline: false };
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(sequence)) {
    add(pieces, text.slice(from, match.index), look);
    from = match.index + match[0].length;
    if (match[2] === 'm') applySgr(look, match[1] ?? '');
  }
  add(pieces, text.slice(from), look);
  return pieces;
}

/** The line without any of it: what is searched and copied. */
export function plainOf(line: string): string {
  return toPieces(line)
    .map(({ text }) => text)
    .join('');
}

/** A progress bar draws over itself after each carriage return: what it showed last counts. */
function afterReturns(line: string): string {
  if (!line.includes('\r')) return line;
  return line.split('\r').findLast((part) => part.trim() !== '') ?? '';
}

function add(pieces: Piece[], raw: string, look: Look): void {
  if (raw === '') return;
  const text = raw
    .replace(control, '')
    .replace(deceptive, (character) => `<${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}>`);
  if (text !== '') pieces.push({ text, ...look });
}

const colours: readonly (Colour | null)[] = [null, 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', null];

function applySgr(look: Look, parameters: string): void {
  const codes = parameters.split(/[;:]/).map(Number);
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      // 38;5;n is one of 256, 38;2;r;g;b any: of those only the first sixteen have a name here.
      const kind = codes[index + 1];
      const named = kind === 5 ? (codes[index + 2] ?? 16) : 16;
      if (code === 38) look.colour = named < 16 ? (colours[named % 8] ?? null) : null;
      index += kind === 5 ? 2 : kind === 2 ? 4 : 0;
    } else applyCode(look, code);
  }
}

function applyCode(look: Look, code: number): void {
  if (code === 0) Object.assign(look, { colour: null, bold: false, dim: false, underline: false });
  else if (code === 1) look.bold = true;
  else if (code === 2) look.dim = true;
  else if (code === 4) look.underline = true;
  else if (code === 22) Object.assign(look, { bold: false, dim: false });
  else if (code === 24) look.underline = false;
  else if (code === 39) look.colour = null;
  else if (code >= 30 && code <= 37) look.colour = colours[code - 30] ?? null;
  else if (code >= 90 && code <= 97) look.colour = colours[code - 90] ?? null;
}
