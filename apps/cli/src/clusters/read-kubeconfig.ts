import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';

/** The text of the kubeconfig that is named, that of KUBECONFIG, or the user's own. The API looks at what is in it. */
export async function readKubeconfig(context: Context, named: string | undefined): Promise<string> {
  const path = resolve(
    context.directory,
    named ?? context.environment.KUBECONFIG ?? join(context.home, '.kube/config'),
  );
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliFailure(`The kubeconfig ${path} cannot be read`, {
      exitCode: exitCodes.usage,
      code: 'no_kubeconfig',
      hint: 'Name one: --kubeconfig <file>',
      cause,
    });
  });
}
