import type { Context, GlobalOptions } from '../context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { table } from '../terminal/table.ts';

/** One thing as it is asked for: the API's JSON, its name alone, or its name over what there is to tell of it. Facts that are null are left out. */
export function printFacts(
  context: Context,
  options: GlobalOptions,
  thing: object,
  name: string,
  facts: readonly (readonly [what: string, value: string | null | undefined])[],
): void {
  const { terminal } = context;
  if (printBriefly(context, options, thing, name)) return;
  terminal.line(terminal.colours.bold(name));
  const rows = facts.flatMap(([what, value]) =>
    value === null || value === undefined || value === ''
      ? []
      : [[`  ${terminal.colours.dim(what)}`, cleanText(value)]],
  );
  for (const line of table(rows)) terminal.line(line);
}

/** The end of a command that changed something: the API's JSON, the name alone, or a sentence and what follows from it. */
export function printDone(
  context: Context,
  options: GlobalOptions,
  thing: object,
  name: string,
  ...lines: readonly string[]
): void {
  if (printBriefly(context, options, thing, name)) return;
  for (const [index, line] of lines.entries()) context.terminal.line(index === 0 ? line : `  ${line}`);
}

/** For scripts: JSON, or the name alone. False where people read. */
function printBriefly({ terminal }: Context, options: GlobalOptions, thing: object, name: string): boolean {
  if (options.json) terminal.json(thing);
  else if (terminal.quiet) terminal.line(name);
  return options.json === true || terminal.quiet;
}
