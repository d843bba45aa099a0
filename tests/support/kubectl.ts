import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A `PATH` with a kubectl on it: this machine's, or that of the local cluster, which is one program with all others. `directory` is one of the test's own. */
export function pathWithKubectl(directory: string): string {
  const { KUBECONFIG = '', PATH = '' } = process.env;
  const allInOne = join(dirname(KUBECONFIG), 'bin/kubernetes');
  if (!existsSync(allInOne)) return PATH;
  const script = join(directory, 'kubectl');
  writeFileSync(script, `#!/bin/sh\nexec '${allInOne}' kubectl "$@"\n`);
  chmodSync(script, 0o755);
  return `${directory}:${PATH}`;
}

/** As the administrator of `KUBECONFIG`. */
export function kubectl(path: string, args: readonly string[], input = ''): string {
  const env = { ...process.env, PATH: path };
  return execFileSync('kubectl', args, { env, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] });
}
