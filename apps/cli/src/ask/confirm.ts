import type { Context } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { askLine, askYesNo, canAsk } from './ask-line.ts';

export interface Confirming {
  readonly yes?: boolean;
}

/**
 * Before something is lost for good: says what, and goes on only when its name is typed, or with `--yes`. Throws `CliFailure` otherwise, and where
 * nobody is there to ask.
 */
export async function confirmByName(
  context: Context,
  options: Confirming,
  what: { readonly name: string; readonly lost: readonly string[]; readonly verb: string },
): Promise<void> {
  if (options.yes) return;
  if (!canAsk(context)) throw unasked(`${what.verb} ${what.name}`, what.lost);
  for (const line of what.lost) context.terminal.draw(`${cleanText(line)}\n`);
  const typed = await askLine(context, `Type ${what.name} to ${what.verb} it`);
  if (typed !== what.name) throw refused();
}

/** Before something that can be undone. */
export async function confirm(context: Context, options: Confirming, question: string): Promise<void> {
  if (options.yes) return;
  if (!canAsk(context)) throw unasked(question.replace(/\?$/, '').toLowerCase(), []);
  if (!(await askYesNo(context, question, 'n'))) throw refused();
}

function unasked(what: string, lines: readonly string[]): CliFailure {
  return new CliFailure(`To ${what} has to be confirmed, and nobody is here to ask`, {
    exitCode: exitCodes.usage,
    code: 'confirmation_needed',
    hint: 'Say that it is meant: --yes',
    lines,
  });
}

function refused(): CliFailure {
  return new CliFailure('Nothing was changed', { exitCode: exitCodes.failed, code: 'not_confirmed' });
}
