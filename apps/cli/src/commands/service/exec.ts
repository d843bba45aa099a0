import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { openExec } from '../../exec/open-exec.ts';
import { chooseService } from '../../place/choose-service.ts';
import { cleanText } from '../../terminal/clean-text.ts';

export interface ExecOptions extends GlobalOptions {
  readonly replica?: string;
  readonly container?: string;
  /** False: none, whatever standard input is. */
  readonly terminal?: boolean;
}

/** Answers the command's exit code. */
export async function exec(
  context: Context,
  options: ExecOptions,
  named: string,
  command: readonly string[] = [],
): Promise<number> {
  const { client, apiUrl, token } = await connect(context, options);
  const { stdin, stdout, signal } = context;
  const service = await chooseService(context, client, named);
  const hasTerminal = options.terminal !== false && stdin.isTTY === true && stdout.isTTY === true;
  const body = {
    ...(options.replica === undefined ? {} : { replica: options.replica }),
    ...(options.container === undefined ? {} : { container: options.container }),
    ...(command.length === 0 ? {} : { command: [...command] }),
    // A terminal that does not know its size says 0.
    ...(hasTerminal ? { terminal: { columns: stdout.columns || 80, rows: stdout.rows || 24 } } : {}),
  };
  const made = await client.createExec({ params: { service: service.id }, body, signal });
  const where = `${made.replica}${made.container === null ? '' : `, ${made.container}`}`;
  if (hasTerminal)
    context.terminal.note(context.terminal.noteColours.dim(`${cleanText(service.path)} ${cleanText(where)}`));
  const url = `${apiUrl}/v1/services/${encodeURIComponent(service.id)}/execs/${encodeURIComponent(made.id)}`;
  return openExec({ url, token, context, hasTerminal });
}
