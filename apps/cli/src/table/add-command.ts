import { Argument, Command, Option } from 'commander';
import type { Context, GlobalOptions } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { quietTerminal } from '../terminal/terminal.ts';
import { wrap } from '../terminal/text-width.ts';
import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { globalOptions } from './shared-options.ts';
import { suggest } from './suggest.ts';

/** A parser whose mistakes are failures like all others: with a code, a hint, and one line of JSON where that was asked for. */
export class TableCommand extends Command {
  override createCommand(name?: string): TableCommand {
    return new TableCommand(name);
  }

  override error(message: string): never {
    const said = message.replace(/^error: /, '').replace(/\n/g, ' ');
    throw new CliFailure(`${said.charAt(0).toUpperCase()}${said.slice(1)}`, {
      exitCode: exitCodes.usage,
      code: 'usage',
      hint: `See how it is used: ${pathOf(this)} --help`,
    });
  }
}

export const widestHelp = 120;

export interface Outcome {
  exitCode: number;
}

/** Adds a command and those below it to `parent`. */
export function addCommand(parent: Command, spec: CommandSpec, context: Context, outcome: Outcome): Command {
  const command = addName(parent, spec);
  for (const option of spec.options ?? []) command.addOption(toOption(option));
  if (!spec.isLocal) for (const option of globalOptions) command.addOption(toOption(option).helpGroup('Everywhere:'));
  const { columns } = context.terminal;
  command.addHelpText('after', () => moreHelp(spec, Math.min(columns, widestHelp)));
  if (spec.load)
    command.allowExcessArguments(spec.commands !== undefined).action(async () => run(command, spec, context, outcome));
  for (const inner of spec.commands ?? []) addCommand(command, inner, context, outcome);
  return command;
}

/** Adds a command as far as the help above it shows it: making all of each takes longer than anything else there. */
export function addName(parent: Command, spec: CommandSpec): Command {
  const command = parent.command(spec.name, { hidden: spec.hidden === true }).description(spec.about);
  if (spec.alias !== undefined) command.alias(spec.alias);
  for (const { name, about, choices } of spec.arguments ?? []) {
    const argument = new Argument(name, about);
    command.addArgument(choices ? argument.choices([...choices]) : argument);
  }
  return command;
}

async function run(command: Command, spec: CommandSpec, context: Context, outcome: Outcome): Promise<void> {
  if (spec.commands && command.args.length > 0) throw unknownCommand(command, command.args[0] ?? '');
  const options = optionsOf(command);
  const start = await spec.load?.();
  const quiet = options.quiet ? { ...context, terminal: quietTerminal(context.terminal) } : context;
  const answer = await start?.(quiet, options, ...command.processedArgs);
  if (typeof answer === 'number') outcome.exitCode = answer;
}

export function unknownCommand(command: Command, word: string): CliFailure {
  const names = command.commands.map((inner) => inner.name());
  const near = suggest(word, names);
  return new CliFailure(`There is no \`${pathOf(command)} ${word.slice(0, 60)}\``, {
    exitCode: exitCodes.usage,
    code: 'usage',
    hint: near ? `Did you mean: ${pathOf(command)} ${near}` : `See what there is: ${pathOf(command)} --help`,
  });
}

/** The command's own options over those given to the commands above it (`sconce variables -s web set A=1`). */
function optionsOf(command: Command): GlobalOptions {
  const chain: Command[] = [];
  for (let at: Command | null = command; at; at = at.parent) chain.unshift(at);
  return Object.assign({}, ...chain.map((one) => one.opts()));
}

function toOption({ flags, about, choices, several }: OptionSpec): Option {
  const option = new Option(flags, choices ? `${about}: ${choices.join(', ')}` : about);
  if (several) option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  return option;
}

export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function moreHelp({ details = [], examples = [] }: CommandSpec, width: number): string {
  const paragraphs = details.flatMap((text) => ['', ...wrap(text, width)]);
  const shown = examples.flatMap(([line, about]) => [
    `  ${line}`,
    ...wrap(about, width - 6).map((part) => `      ${part}`),
  ]);
  return [...paragraphs, ...(shown.length > 0 ? ['', 'Examples:', ...shown] : [])].join('\n');
}
