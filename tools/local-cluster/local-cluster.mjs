// node tools/local-cluster/local-cluster.mjs start    a real Kubernetes on this machine, with a node and an image registry
// node tools/local-cluster/local-cluster.mjs stop     all of it is gone, but for programs and pushed images
// node tools/local-cluster/local-cluster.mjs status   what stands where
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Problem } from '../bootstrap/terminal/problem.mjs';
import { runMain, say } from '../bootstrap/terminal/step.mjs';
import { ensureCluster } from './ensure-cluster.mjs';
import { registryAddress } from './parts/registry.mjs';
import { kubeconfigPath } from './settings/folders.mjs';
import { stopCluster } from './stop-cluster.mjs';

export async function ensureLocalCluster() {
  const record = await ensureCluster();
  return { kubeconfig: kubeconfigPath, registry: registryAddress(record), node: record.nodeName, stop: stopCluster };
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const [word] = process.argv.slice(2);
    if (word === 'start') {
      const { kubeconfig, registry } = await ensureLocalCluster();
      say(`KUBECONFIG=${kubeconfig} SCONCE_CLUSTER_REGISTRY=${registry}`);
    } else if (word === 'stop') await stopCluster();
    else throw new Problem('Say what to do.', 'node tools/local-cluster/local-cluster.mjs start | stop | status');
  });
}
