import { readFileSync, writeFileSync } from 'node:fs';
import { mustRun, run } from '../../bootstrap/machine/command.mjs';
import { addressesOf, linkName } from '../settings/cluster-record.mjs';
import { inNode, networkNamespace } from './namespaces.mjs';

const uplinkName = 'uplink';
const forwarding = '/proc/sys/net/ipv4/ip_forward';
const attempt = 'Connecting the node with this machine';
const ip = (args) => mustRun(attempt, 'ip', args);
const ipInNode = (args) => {
  const [program, ...rest] = inNode(['ip', ...args]);
  return mustRun(attempt, program, rest);
};

/**
 * A pair of interfaces between the machine and its node, and routes: pods and services can be reached from the machine by their own
 * addresses, and pods reach whatever the machine does.
 * @param {import('../settings/cluster-record.mjs').ClusterRecord} record
 */
export async function connectNode(record) {
  const link = linkName(record);
  const { hostAddress, nodeAddress, linkPrefix, podRange, podGateway, serviceRange, block } = addressesOf(record);
  if ((await run('ip', ['link', 'show', link])).code !== 0) {
    await ip(['link', 'add', link, 'type', 'veth', 'peer', 'name', uplinkName, 'netns', networkNamespace]);
    await ip(['addr', 'add', `${hostAddress}/${linkPrefix}`, 'dev', link]);
    await ip(['link', 'set', link, 'up']);
    await ipInNode(['addr', 'add', `${nodeAddress}/${linkPrefix}`, 'dev', uplinkName]);
    await ipInNode(['link', 'set', uplinkName, 'up']);
    await ipInNode(['route', 'add', 'default', 'via', hostAddress]);
    // Where pods send all they say, and ask for names, also before there is the first of them.
    await ipInNode(['addr', 'add', `${podGateway}/32`, 'dev', 'lo']);
    const forward = inNode(['/bin/sh', '-c', `echo 1 >${forwarding}`]);
    await mustRun(attempt, forward[0], forward.slice(1));
  }
  for (const range of [podRange, serviceRange]) await ip(['route', 'replace', range, 'via', nodeAddress]);
  // Docker Engine sets it as well and leaves it; what stood before would cut its containers off.
  if (readFileSync(forwarding, 'utf8').trim() === '0') writeFileSync(forwarding, '1\n');
  for (const rule of firewallRules(link, block)) await addRule(rule);
}

/**
 * Docker Engine forbids forwarding but for its own networks, so ours is allowed before. Into the cluster only answers are forwarded:
 * this machine itself reaches it, other machines (and containers) that would route through this one do not.
 * In the order in which they are put before all others.
 */
function firewallRules(link, block) {
  const comment = ['-m', 'comment', '--comment', link];
  const answers = ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED'];
  return [
    { table: 'filter', chain: 'FORWARD', rule: ['-o', link, ...comment, '-j', 'DROP'] },
    { table: 'filter', chain: 'FORWARD', rule: ['-o', link, ...answers, ...comment, '-j', 'ACCEPT'] },
    { table: 'filter', chain: 'FORWARD', rule: ['-i', link, ...comment, '-j', 'ACCEPT'] },
    { table: 'nat', chain: 'POSTROUTING', rule: ['-s', block, '!', '-o', link, ...comment, '-j', 'MASQUERADE'] },
  ];
}

const iptables = (table, action, chain, rule) => ['-w', '10', '-t', table, action, chain, ...rule];

async function addRule({ table, chain, rule }) {
  if ((await run('iptables', iptables(table, '-C', chain, rule))).code === 0) return;
  await mustRun(attempt, 'iptables', iptables(table, '-I', chain, rule));
}

export async function disconnectNode(record) {
  const link = linkName(record);
  await run('ip', ['link', 'del', link]);
  await removeRules('filter', 'FORWARD', link);
  await removeRules('nat', 'POSTROUTING', link);
}

/** By their comment, so that those of an earlier version are found as well. */
async function removeRules(table, chain, comment) {
  const { stdout } = await run('iptables', iptables(table, '-S', chain, []));
  for (const line of stdout.split('\n').filter((each) => each.includes(`--comment ${comment} `))) {
    const [, , ...rule] = line.split(' ');
    await mustRun('Removing a rule of the firewall', 'iptables', iptables(table, '-D', chain, rule));
  }
}
