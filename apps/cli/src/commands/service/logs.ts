import type { LogLine } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes, Interrupted } from '../../exit-code.ts';
import { chooseService } from '../../place/choose-service.ts';
import { tellCut } from '../../show/print-feed.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { clockWithMs } from '../../terminal/times.ts';

export interface LogsOptions extends GlobalOptions {
  readonly service?: string;
  readonly build?: string;
  readonly follow?: boolean;
  readonly tail?: string;
  readonly after?: string;
  readonly level?: string;
  readonly text?: string;
  readonly release?: string;
  readonly replica?: string;
}

const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/** The last lines of a service or a build; with `--follow` also those to come, over cuts and restarts without a gap. */
export async function logs(context: Context, options: LogsOptions, named: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const filter = { ...textFilter(options), ...(options.level ? { level: levelsFrom(options.level) } : {}) };
  const print = printer(context, options);
  const query = options.follow ? streamStart(options) : pageOf(options);
  const { signal } = context;
  const call = { signal, ...(options.follow ? { onReconnect: tellCut(context) } : {}) };
  if (options.build) {
    const input = { params: { build: options.build }, query: { ...filter, ...query }, ...call };
    if (options.follow) return follow(context, client.follow.listBuildLogs(input), print);
    return printPage(options, (await client.listBuildLogs(input)).data, print);
  }
  const service = await chooseService(context, client, named ?? options.service);
  const which = {
    ...(options.release ? { release: options.release } : {}),
    ...(options.replica ? { replica: options.replica } : {}),
  };
  const input = { params: { service: service.id }, query: { ...filter, ...which, ...query }, ...call };
  if (options.follow) return follow(context, client.follow.listServiceLogs(input), print);
  printPage(options, (await client.listServiceLogs(input)).data, print);
}

function streamStart(options: LogsOptions): { after?: number; tail?: number } {
  return options.after
    ? { after: wholeNumber(options.after, '--after') }
    : { tail: wholeNumber(options.tail ?? '100', '--tail') };
}

function pageOf(options: LogsOptions): { limit: number; order: 'newest' | 'oldest'; after?: number } {
  const limit = Math.min(1_000, Math.max(1, wholeNumber(options.tail ?? '100', '--tail')));
  return options.after
    ? { limit, order: 'oldest', after: wholeNumber(options.after, '--after') }
    : { limit, order: 'newest' };
}

/** Oldest line first, as it happened. */
function printPage(options: LogsOptions, lines: readonly LogLine[], print: (line: LogLine) => void): void {
  for (const line of options.after ? lines : [...lines].reverse()) print(line);
}

/** Prints until the stream ends or Ctrl-C; then says where to go on, since the lines are numbered. */
async function follow(context: Context, stream: AsyncIterable<LogLine>, print: (line: LogLine) => void): Promise<void> {
  let last: number | null = null;
  try {
    for await (const line of stream) {
      print(line);
      last = line.line;
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new Interrupted(last === null ? 'Stopped.' : `Stopped after line ${last}. Go on from there: --after ${last}`);
  }
}

function printer(context: Context, options: LogsOptions): (line: LogLine) => void {
  const { terminal } = context;
  if (options.json) return (line) => terminal.json(line);
  const { dim, red, violet } = terminal.colours;
  return (line) => {
    // A replica's name begins with its release's.
    const from = cleanText(line.replica ?? line.release?.name ?? '');
    const text = cleanText(line.text, terminal.coloured);
    const marked = line.level === 'error' ? red(text) : line.level === 'warn' ? violet(text) : text;
    terminal.line(`${dim(`${clockWithMs(line.at)}${from ? ` ${from}` : ''}`)}  ${marked}`);
  };
}

function textFilter(options: LogsOptions): { text?: string } {
  return options.text ? { text: options.text } : {};
}

function levelsFrom(text: string): Level[] {
  const named = text.split(',').map((level) => level.trim());
  const wrong = named.find((level) => !levels.includes(level as Level));
  if (wrong !== undefined)
    throw new CliFailure(`${wrong} is not a level: ${levels.join(', ')}`, {
      exitCode: exitCodes.usage,
      code: 'invalid',
    });
  return named as Level[];
}

function wholeNumber(text: string, option: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw new CliFailure(`${option} wants a whole number`, { exitCode: exitCodes.usage, code: 'invalid' });
  return Number(text);
}
