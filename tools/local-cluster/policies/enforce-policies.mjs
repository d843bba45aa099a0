// usage, by parts/network-policies.mjs, in the node's network: node enforce-policies.mjs KUBECONFIG NAME_SERVER TRUSTED_ADDRESS...
// Keeps nftables as the cluster's NetworkPolicies say.
import { mustRun } from '../../bootstrap/machine/command.mjs';
import { makeNameServerPod } from '../configuration/make-name-server-config.mjs';
import { followCluster } from './follow-cluster.mjs';
import { planPolicyRules } from './plan-policy-rules.mjs';

const [kubeconfig, nameServer, ...trusted] = process.argv.slice(2);
const nameServerPod = makeNameServerPod(nameServer);
let last = '';
await followCluster(kubeconfig, async (state) => {
  const rules = planPolicyRules({ ...state, pods: [...state.pods, nameServerPod] }, trusted);
  if (rules === last) return;
  await mustRun('Setting the policies', 'nft', ['-f', '-'], { input: rules, timeoutMs: 30_000 });
  last = rules;
});
