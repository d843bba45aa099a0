import { matchesLabels } from './matches-labels.mjs';

/**
 * @typedef {object} ClusterState objects as the API gives them
 * @property {any[]} policies NetworkPolicies
 * @property {any[]} pods
 * @property {any[]} namespaces
 */

export const tableName = 'network-policies';
const directions = [
  { name: 'Ingress', rules: 'ingress', peers: 'from', ours: 'daddr', theirs: 'saddr' },
  { name: 'Egress', rules: 'egress', peers: 'to', ours: 'saddr', theirs: 'daddr' },
];

/**
 * NetworkPolicies as one table of nftables, to be set whole. A pod that a policy selects has a chain for that direction, which
 * comes back for what is allowed and ends in drop; all other pods have none.
 *
 * @param {ClusterState} state
 * @param {string[]} trusted addresses of the node itself, which reach every pod: probes come from there
 */
export function planPolicyRules(state, trusted) {
  const pods = state.pods.filter(hasOwnAddress);
  const chains = [];
  const jumps = [];
  for (const pod of pods)
    for (const direction of directions) {
      const policies = state.policies.filter((policy) => selects(policy, pod, direction.name));
      if (policies.length === 0) continue;
      const chain = `${direction.rules}-${pod.status.podIP}`;
      const allowed = policies.flatMap((policy) => rulesOf(policy, direction, pod, { ...state, pods }));
      chains.push(`  chain ${chain} {\n${[...new Set(allowed), 'drop'].map((rule) => `    ${rule}`).join('\n')}\n  }`);
      jumps.push({ direction: direction.name, rule: `ip ${direction.ours} ${pod.status.podIP} jump ${chain}` });
    }
  const base = (hook, rules) =>
    `  chain ${hook} {\n    type filter hook ${hook} priority filter; policy accept;\n    ct state established,related accept\n${rules.map((rule) => `    ${rule}`).join('\n')}\n  }`;
  const egress = jumps.filter(({ direction }) => direction === 'Egress').map(({ rule }) => rule);
  const ingress = jumps.filter(({ direction }) => direction === 'Ingress').map(({ rule }) => rule);
  const fromNode = `ip saddr { ${trusted.join(', ')} } accept`;
  // What a pod says to the node itself (names, the API) does not pass through "forward".
  const body = [...chains, base('forward', [...egress, fromNode, ...ingress]), base('input', egress)].join('\n');
  return `table ip ${tableName}\ndelete table ip ${tableName}\ntable ip ${tableName} {\n${body}\n}\n`;
}

const hasOwnAddress = (pod) =>
  Boolean(pod.status?.podIP) && !pod.spec.hostNetwork && !['Succeeded', 'Failed'].includes(pod.status.phase);

function selects({ metadata, spec }, pod, direction) {
  // Where types are not named, a policy is about ingress, and about egress if it says something of it.
  const types = spec.policyTypes ?? ['Ingress', ...(spec.egress ? ['Egress'] : [])];
  return (
    metadata.namespace === pod.metadata.namespace &&
    types.includes(direction) &&
    matchesLabels(spec.podSelector ?? {}, pod.metadata.labels)
  );
}

function rulesOf(policy, direction, pod, state) {
  return (policy.spec[direction.rules] ?? []).flatMap((rule) => {
    const peers = rule[direction.peers];
    const from =
      !peers || peers.length === 0 ? [{}] : peers.flatMap((peer) => addressesOf(peer, policy, direction, state));
    return from.flatMap(({ match = '', pods = [] }) =>
      portsOf(rule.ports, direction, pod, pods).map((port) => `${match}${port}return`),
    );
  });
}

function addressesOf(peer, policy, { theirs }, { pods, namespaces }) {
  if (peer.ipBlock) {
    const { cidr, except = [] } = peer.ipBlock;
    if (cidr.includes(':')) return [];
    const without = except.length > 0 ? `ip ${theirs} != { ${except.join(', ')} } ` : '';
    return [{ match: `ip ${theirs} ${cidr} ${without}` }];
  }
  const inNamespace = peer.namespaceSelector
    ? namespaces
        .filter(({ metadata }) => matchesLabels(peer.namespaceSelector, metadata.labels))
        .map(({ metadata }) => metadata.name)
    : [policy.metadata.namespace];
  const found = pods.filter(
    ({ metadata }) =>
      inNamespace.includes(metadata.namespace) && matchesLabels(peer.podSelector ?? {}, metadata.labels),
  );
  if (found.length === 0) return [];
  return [{ match: `ip ${theirs} { ${found.map(({ status }) => status.podIP).join(', ')} } `, pods: found }];
}

/** A port's name is that of the pod which is reached: ours for ingress, theirs for egress. */
function portsOf(ports, direction, pod, peers) {
  if (!ports || ports.length === 0) return [''];
  return ports.flatMap(({ protocol = 'TCP', port, endPort }) => {
    const word = protocol.toLowerCase();
    if (port === undefined) return [`meta l4proto ${word} `];
    if (typeof port === 'number') return [`${word} dport ${endPort ? `${port}-${endPort}` : port} `];
    const reached = direction.name === 'Ingress' ? [pod] : peers;
    return reached.flatMap((each) =>
      namedPorts(each, port, protocol).map((number) =>
        direction.name === 'Ingress'
          ? `${word} dport ${number} `
          : `ip daddr ${each.status.podIP} ${word} dport ${number} `,
      ),
    );
  });
}

const namedPorts = (pod, name, protocol) =>
  pod.spec.containers
    .flatMap(({ ports = [] }) => ports)
    .filter((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)
    .map(({ containerPort }) => containerPort);
