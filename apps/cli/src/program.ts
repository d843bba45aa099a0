import { CommanderError } from 'commander';
import type { Context } from './context.ts';
import { exitCodes, Interrupted } from './exit-code.ts';
import { explainFailure, printFailure } from './explain-failure.ts';
import { addCommand, addName, type Outcome, TableCommand, unknownCommand } from './table/add-command.ts';
import { commandTable } from './table/command-table.ts';
import { globalOptions } from './table/shared-options.ts';

/** Each command loads its own code when it is called, so that `sconce --help` and `sconce up` start at once. */
export async function runCli(args: readonly string[], context: Context): Promise<number> {
  const outcome: Outcome = { exitCode: exitCodes.done };
  try {
    await makeProgram(args, context, outcome).parseAsync([...args], { from: 'user' });
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
    .configureHelp({ helpWidth: Math.min(terminal.columns, 120) })
    .addHelpCommand(helpCommand())
    .allowExcessArguments()
    .action(() => {
      const [word] = program.args;
      if (word !== undefined) throw unknownCommand(program, word);
      program.outputHelp();
    });
  for (const { flags, about } of globalOptions) program.option(flags, about);
  for (const { heading, commands } of commandTable)
    for (const spec of commands) {
      const isTyped = args.includes(spec.name);
      const command = isTyped ? addCommand(program, spec, context, outcome) : addName(program, spec);
      command.helpGroup(`${heading}:`);
    }
  program.addHelpText('after', '\nEach command has examples: sconce <command> --help');
  return program;
}

function helpCommand(): TableCommand {
  const command = new TableCommand('help').argument('[command]').description('how a command is used').helpOption(false);
  command.helpGroup('This machine:');
  return command;
}
