import { Malformed } from './malformed.ts';

/**
 * `name: value CRLF`, any number of times, and nothing else: no folding, no space before the colon, no bare CR or LF,
 * no NUL or other control character (RFC 9112 section 5, without what it only tolerates).
 */
const wellFormed = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
const oneLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;
export const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Throws unless every line is exactly a header. All later code may then cut lines by `:` and CRLF without checking. */
export function checkHeaderBlock(block: string): void {
  if (wellFormed.test(block)) return;
  const lines = block.split('\r\n');
  const at = lines.findIndex((line) => !oneLine.test(line));
  throw new Malformed('header_malformed', `Header line ${at + 1} ${describe(lines[at] ?? '')}.`);
}

function describe(line: string): string {
  if (/^[\t ]/.test(line)) return 'continues the line before it (folding is not accepted)';
  if (/[\r\n]/.test(line)) return 'holds a bare CR or LF';
  if (/^[^:]*[\t ]+:/.test(line)) return 'has a space before its colon';
  if (!line.includes(':')) return 'has no colon';
  return 'holds a character that a header may not have';
}

/** The value of a line of a checked block, without the white space around it. */
export function fieldValue(block: string, colon: number, end: number): string {
  let from = colon + 1;
  let to = end;
  while (from < to && isBlank(block.charCodeAt(from))) from += 1;
  while (to > from && isBlank(block.charCodeAt(to - 1))) to -= 1;
  return block.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** Removes the lines with these names (lower case). */
export function withoutLines(lines: string, names: ReadonlySet<string>): string {
  let kept = '';
  let at = 0;
  while (at < lines.length) {
    const end = lines.indexOf('\r\n', at) + 2;
    if (!names.has(plainName(lines.slice(at, lines.indexOf(':', at))))) kept += lines.slice(at, end);
    at = end;
  }
  return kept;
}

/**
 * Lower case, with `_` read as `-`: servers that hand headers on as environment variables (CGI, WSGI) cannot tell
 * `X_Forwarded_For` from `X-Forwarded-For`, so neither do we.
 */
export function plainName(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower;
}
