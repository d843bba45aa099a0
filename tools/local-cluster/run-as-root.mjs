import { fileURLToPath } from 'node:url';
import { run } from '../bootstrap/machine/command.mjs';
import { home } from '../bootstrap/machine/home.mjs';
import { asRoot } from '../bootstrap/machine/privilege.mjs';
import { Problem } from '../bootstrap/terminal/problem.mjs';

const command = fileURLToPath(new URL('./local-cluster.mjs', import.meta.url));

/** What finds programs and lets Go find modules. */
const passedOn = [
  'PATH',
  'GOPROXY',
  'GONOSUMDB',
  'GOSUMDB',
  'GOFLAGS',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'NO_COLOR',
];

/** A node makes interfaces, mounts and cgroups, so all of it is done by root: in a process of its own, where this one is not. */
export async function runAsRootInstead(words) {
  const root = await asRoot();
  const instead = 'Or use a cluster that is there: KUBECONFIG=/path/to/kubeconfig.';
  if (root === null)
    throw new Problem('A local cluster needs root: this user is not root and sudo does not work here.', [
      `Start it as root: node ${command} start`,
      instead,
    ]);
  // sudo drops what it does not know; Go must be found, and the same folder.
  const kept = passedOn.filter((name) => process.env[name] !== undefined).map((name) => `${name}=${process.env[name]}`);
  const env = [...kept, `SCONCE_HOME=${home}`];
  const [program, ...rest] = [...root, 'env', ...env, process.execPath, command, ...words];
  const { code } = await run(program, rest, { inherit: true, timeoutMs: 2 ** 31 - 1 });
  if (code !== 0) throw new Problem(`The local cluster did not ${words[0]}: see above.`, instead);
}
