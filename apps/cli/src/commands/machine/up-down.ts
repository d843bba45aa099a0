import { existsSync } from 'node:fs';
import { installationFiles } from '../../connection/installation.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { runOnTerminal } from '../../local/run-command.ts';

export async function up(context: Context, _options: GlobalOptions, rest: readonly string[]): Promise<number> {
  return upOrDown(context, 'up', rest);
}

export async function down(context: Context, _options: GlobalOptions, rest: readonly string[]): Promise<number> {
  return upOrDown(context, 'down', rest);
}

/** Starts or stops Sconce on this machine, by the script of the checkout this command belongs to. Answers its exit code. */
async function upOrDown(context: Context, which: 'up' | 'down', rest: readonly string[]): Promise<number> {
  const script = context.checkout === null ? null : installationFiles(context.checkout)[which];
  if (script === null || !existsSync(script))
    throw new CliFailure(`\`sconce ${which}\` works in a checkout of Sconce only`, {
      exitCode: exitCodes.usage,
      code: 'no_checkout',
      hint: 'Connect to a Sconce that runs elsewhere: sconce login --api-url https://...',
    });
  return runOnTerminal(process.execPath, [script, ...rest], {
    directory: context.directory,
    environment: context.environment,
  });
}
