export interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  /** Lines that say nothing we understand, counted from 1. */
  readonly mistakes: readonly { readonly line: number; readonly text: string }[];
}

const assignment = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/s;

/**
 * Reads a .env file as its common readers do: `export` before a name, comments, values bare, in single quotes (as they are) or in double quotes (with
 * \n, \t, \" and \\), which may go over several lines. Nothing is expanded: `$HOME` stays what it says.
 */
export function parseDotenv(text: string): Dotenv {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const values: Record<string, string> = {};
  const mistakes: { line: number; text: string }[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, name, rest = ''] = assignment.exec(line) ?? [];
    if (name === undefined) {
      mistakes.push({ line: index + 1, text: line });
      continue;
    }
    const read = readValue(rest, lines.slice(index + 1));
    if (read === null) mistakes.push({ line: index + 1, text: line });
    else {
      Object.defineProperty(values, name, { value: read.value, enumerable: true, configurable: true, writable: true });
      index += read.more;
    }
  }
  return { values, mistakes };
}

/** What `NAME=value` says where a name is asked for; null: a name, or nothing that we understand. */
export function readAssignment(text: string): { readonly name: string; readonly value: string } | null {
  const { values, mistakes } = parseDotenv(text);
  const [first, ...others] = Object.entries(values);
  if (!first || others.length > 0 || mistakes.length > 0) return null;
  const [name, value] = first;
  return { name, value };
}

/** `more`: how many of the following lines belong to it. Null: a quote is never closed. */
function readValue(rest: string, following: readonly string[]): { value: string; more: number } | null {
  const quote = rest.charAt(0);
  if (quote !== '"' && quote !== "'") return { value: rest.replace(/(?:^|\s+)#.*$/s, '').trim(), more: 0 };
  let body = rest.slice(1);
  for (let more = 0; ; more += 1) {
    const end = closing(body, quote);
    if (end >= 0) {
      const inside = body.slice(0, end);
      return { value: quote === '"' ? unescaped(inside) : inside, more };
    }
    if (more >= following.length) return null;
    body += `\n${following[more]}`;
  }
}

function closing(text: string, quote: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (quote === '"' && text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };
const unescaped = (text: string): string =>
  text.replace(/\\(.)/gs, (whole, letter: string) => escapes[letter] ?? whole);
