import type { Context } from '../context.ts';
import { CliFailure } from '../exit-code.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { runCommand } from './run-command.ts';

export interface KubectlOptions {
  /** Of the kubeconfig; default: its current one. */
  readonly context?: string;
  readonly kubeconfig?: string;
}

/**
 * Runs the user's own kubectl, with the credentials that they have for the cluster: those may come from a program or a sign-in that only this machine
 * knows. Answers what it wrote; throws `CliFailure` with its last words.
 */
export async function runKubectl(
  { directory, environment, signal }: Context,
  options: KubectlOptions,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const place = [
    ...(options.kubeconfig === undefined ? [] : ['--kubeconfig', options.kubeconfig]),
    ...(options.context === undefined ? [] : ['--context', options.context]),
  ];
  const given = { directory, environment, signal, ...(input === undefined ? {} : { input }) };
  const { code, stdout, stderr } = await runCommand('kubectl', [...args, ...place], given).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new CliFailure('kubectl could not be started', {
      code: 'no_kubectl',
      hint: 'Install it, or hand over a kubeconfig with credentials in it: --as-is',
      cause,
    });
  });
  if (code === 0) return stdout;
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => cleanText(line));
  throw new CliFailure(`\`kubectl ${args[0]}\` failed: ${lines.at(-1) ?? `it ended with ${code}`}`, {
    code: 'kubectl_failed',
    lines: lines.slice(-5, -1),
  });
}
