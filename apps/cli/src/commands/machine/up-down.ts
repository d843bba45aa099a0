import { existsSync } from 'node:fs';
import { installationFiles } from '../../connection/installation.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { runOnTerminal } from '../../local/run-command.ts';

/** `example` is commander's word for `--no-example`: false when it was given. */
export async function up(context: Context, options: GlobalOptions & { readonly example?: boolean }): Promise<number> {
  return upOrDown(context, 'up', options.example === false ? ['--no-example'] : []);
}

export async function down(context: Context, options: GlobalOptions & { readonly data?: boolean }): Promise<number> {
  return upOrDown(context, 'down', options.data ? ['--data'] : []);
}

/** Starts or stops Sconce on this machine, by the script of the checkout this command belongs to. Answers its exit code. */
async function upOrDown(context: Context, which: 'up' | 'down', words: readonly string[]): Promise<number> {
  const script = context.checkout === null ? null : installationFiles(context.checkout)[which];
  if (script === null || !existsSync(script))
    throw new CliFailure(`\`sconce ${which}\` works in a checkout of Sconce only`, {
      exitCode: exitCodes.usage,
      code: 'no_checkout',
      hint: 'Connect to a Sconce that runs elsewhere: sconce login --api-url https://...',
    });
  return runOnTerminal(process.execPath, [script, ...words], {
    directory: context.directory,
    environment: context.environment,
  });
}
