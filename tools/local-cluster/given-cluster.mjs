import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { findProgram, run } from '../bootstrap/machine/command.mjs';
import { Problem } from '../bootstrap/terminal/problem.mjs';
import { inCluster, kubeconfigPath } from './settings/folders.mjs';

/** Whether somebody names another cluster than ours. */
export const clusterIsGiven = (env = process.env) =>
  Boolean(env.KUBECONFIG) && resolve(env.KUBECONFIG) !== kubeconfigPath;

/**
 * The cluster that KUBECONFIG names, and the registry that its nodes pull from.
 * @returns {Promise<{ kubeconfig: string, registry: string, registryForPods: string, node: string | null, stop: () => Promise<void> }>} `node`: null where no kubectl is at hand to ask
 */
export async function givenCluster(env = process.env) {
  const kubeconfig = env.KUBECONFIG;
  const registry = env.SCONCE_CLUSTER_REGISTRY;
  if (!registry)
    throw new Problem(`KUBECONFIG is given (${kubeconfig}), but not where its nodes pull images from.`, [
      'Name a registry that this machine pushes to and the nodes pull from: SCONCE_CLUSTER_REGISTRY=host:port',
      'Where pods reach it by another name: SCONCE_CLUSTER_POD_REGISTRY=host:port, with http:// before it where it has no TLS',
      'Or unset KUBECONFIG to have a cluster started on this machine.',
    ]);
  return {
    kubeconfig,
    registry,
    registryForPods: env.SCONCE_CLUSTER_POD_REGISTRY ?? registry,
    node: await firstNode(kubeconfig),
    stop: async () => {},
  };
}

async function firstNode(kubeconfig) {
  const own = inCluster('bin', 'kubernetes');
  const command = existsSync(own) ? [own, 'kubectl'] : [findProgram('kubectl')];
  if (command[0] === null) return null;
  const [program, ...words] = [
    ...command,
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[0].metadata.name}',
    '--request-timeout=10s',
  ];
  const { code, stdout, stderr } = await run(program, words, {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    timeoutMs: 20_000,
  });
  if (code === 0) return stdout.trim() || null;
  throw new Problem(
    `KUBECONFIG is given (${kubeconfig}), but the cluster does not answer: ${stderr.trim().split('\n').at(-1)}`,
    ['Start it, or unset KUBECONFIG to have one started on this machine.'],
  );
}
