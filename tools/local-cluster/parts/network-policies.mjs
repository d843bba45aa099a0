import { fileURLToPath } from 'node:url';
import { run } from '../../bootstrap/machine/command.mjs';
import { inNode } from '../node/namespaces.mjs';
import { tableName } from '../policies/plan-policy-rules.mjs';
import { writeKubeconfig } from '../settings/certificates.mjs';
import { addressesOf } from '../settings/cluster-record.mjs';
import { apiServer } from './control-plane.mjs';
import { ensurePart, waitForPart } from './part.mjs';

const script = fileURLToPath(new URL('../policies/enforce-policies.mjs', import.meta.url));

/** What keeps pods apart as NetworkPolicies say. @param {import('../settings/cluster-record.mjs').ClusterRecord} record */
export async function startNetworkPolicies(record) {
  const { nodeAddress, podGateway, hostAddress } = addressesOf(record);
  const kubeconfig = writeKubeconfig('admin', apiServer(record));
  const command = [process.execPath, script, kubeconfig, podGateway, nodeAddress, podGateway, hostAddress];
  await ensurePart('network-policies', { command });
  await waitForPart('network-policies', 'policies are set', tableIsThere);
}

async function tableIsThere() {
  const [program, ...rest] = inNode(['nft', 'list', 'table', 'ip', tableName]);
  return (await run(program, rest, { timeoutMs: 10_000 })).code === 0 ? true : null;
}
