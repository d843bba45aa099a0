import { CliFailure, exitCodes } from '../../exit-code.ts';

/**
 * `NAME=value` lines as `.env` files have them: `export` before a name, comments, values in single quotes (taken as they are), double quotes (with `\n`, `\t`, `\"`,
 * `\\` and `\$`, over several lines) or none (up to ` #`). Nothing is looked up or expanded. Throws `CliFailure` that names the line, never the value.
 */
export function parseDotenv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const source = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const line =
    /[ \t]*(?:(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|([^\n]*?))[ \t]*(?:(?<=[\s'"=])#[^\n]*)?|#[^\n]*)?(?:\n|$)/y;
  while (line.lastIndex < source.length) {
    const at = line.lastIndex;
    const match = line.exec(source);
    if (!match) throw wrongLine(source, at);
    const [, name, single, double, bare] = match;
    if (name === undefined) continue;
    // An unquoted value that begins with a quote is one whose end is missing.
    if (bare !== undefined && /^['"]/.test(bare)) throw wrongLine(source, at);
    values[name] = single ?? (double === undefined ? (bare ?? '') : unquote(double));
  }
  return values;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquote(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character);
}

function wrongLine(source: string, at: number): CliFailure {
  const number = source.slice(0, at).split('\n').length;
  return new CliFailure(`Line ${number} is not NAME=value, or a quote in it is not closed`, {
    exitCode: exitCodes.usage,
    code: 'invalid',
  });
}
