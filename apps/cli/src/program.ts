import { type Command, CommanderError, Help } from 'commander';
import type { Context } from './context.ts';
import { exitCodes, exitCodeWords, Interrupted } from './exit-code.ts';
import { explainFailure, printFailure } from './explain-failure.ts';
import { addCommand, addName, type Outcome, TableCommand, unknownCommand, widestHelp } from './table/add-command.ts';
import { commandTable } from './table/command-table.ts';
import { globalOptions } from './table/shared-options.ts';
import { wrap } from './terminal/text-width.ts';

/** Each command loads its own code when it is called, so that `sconce --help` and `sconce up` start at once. */
export async function runCli(args: readonly string[], context: Context): Promise<number> {
  const outcome: Outcome = { exitCode: exitCodes.done };
  try {
    const program = makeProgram(args, context, outcome);
    refuseUnknown(program, args);
    await program.parseAsync([...args], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    // Help and the version are how the parser ends early.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    // Whatever broke off when Ctrl-C came, the reason to tell is that.
    const reason: unknown = context.signal.aborted && !(error instanceof Interrupted) ? context.signal.reason : error;
    const failure = explainFailure(reason);
    printFailure(context.terminal, failure, args.includes('--json'));
    return failure.exitCode;
  }
}

function makeProgram(args: readonly string[], context: Context, outcome: Outcome): TableCommand {
  const { terminal } = context;
  const program = new TableCommand('sconce')
    .description('Push to live: turns `git push` into a running PyTorch inference service.')
    .version(context.version, '-V, --version', 'the version of this command')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => terminal.line(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .configureHelp({ helpWidth: Math.min(terminal.columns, widestHelp), formatItem })
    .helpOption('-h, --help', 'how it is used')
    .addHelpCommand(false)
    .allowExcessArguments()
    .action(() => {
      const [word] = program.args;
      if (word !== undefined) throw unknownCommand(program, word);
      program.outputHelp();
    });
  for (const { flags, about } of globalOptions) program.option(flags, about);
  for (const { heading, commands } of commandTable)
    for (const spec of commands) {
      const isTyped = args.includes(spec.name) || (spec.alias !== undefined && args.includes(spec.alias));
      const command = isTyped ? addCommand(program, spec, context, outcome) : addName(program, spec);
      command.helpGroup(`${heading}:`);
    }
  addHelpCommand(program);
  program.addHelpText('after', () => lastWords(Math.min(terminal.columns, widestHelp)));
  return program;
}

/** `sconce help services set`: the same as `sconce services set --help`. */
function addHelpCommand(program: TableCommand): void {
  const help = program.command('help [command...]').description('how a command is used').helpGroup('This machine:');
  help.action(() => findCommand(program, help.args).outputHelp());
}

/** Throws what an unknown word is answered with, wherever it stands. */
function findCommand(program: Command, words: readonly string[]): Command {
  return words.reduce<Command>((at, word) => {
    const inner = at.commands.find((command) => command.name() === word || command.aliases().includes(word));
    if (inner === undefined) throw unknownCommand(at, word);
    return inner;
  }, program);
}

/** Help is written before anything else is looked at: what is no command is said all the same, and not shown the help of what stands above. */
function refuseUnknown(program: Command, args: readonly string[]): void {
  if (!args.some((word) => word === '--help' || word === '-h')) return;
  const typed = args.filter((word) => !['--json', '--quiet', '-q'].includes(word)).slice(0, 2);
  const words = typed.slice(0, typed.findIndex((word) => word.startsWith('-')) >>> 0);
  const [first, second] = words;
  if (first === undefined) return;
  const command = findCommand(program, [first]);
  if (second !== undefined && command.commands.length > 0) findCommand(command, [second]);
}

function lastWords(width: number): string {
  const codes = Object.entries(exitCodes).map(([name, code]) => `${code} ${exitCodeWords[name as 'done']}`);
  const lines = wrap(`Exit codes: ${codes.join('; ')}.`, width);
  return ['', 'Each command has examples: sconce <command> --help', ...lines].join('\n');
}

/** On narrow terminals what an option means stands below it, where it has room. */
function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? 80;
  if (width - termWidth - 4 >= helper.minWidthToWrap || description === '')
    return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
  return [`  ${term}`, ...wrap(description, width - 6).map((line) => `      ${line}`)].join('\n');
}
