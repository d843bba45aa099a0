import { release } from 'node:os';
import { run } from '../../bootstrap/machine/command.mjs';
import { inNode } from './namespaces.mjs';

/** kube-proxy refuses older ones. Source: its docs, "nftables proxy mode" */
const oldestKernel = [5, 13];

/** Whether the kernel's nftables can be used. Where not, kube-proxy falls back to iptables, and policies are not enforced. */
export async function nftablesWork() {
  if (!isNewEnough(release())) return false;
  const [program, ...rest] = inNode(['nft', 'list', 'tables']);
  return (await run(program, rest, { timeoutMs: 10_000 })).code === 0;
}

/** @param {string} version as `uname -r` writes it */
export function isNewEnough(version) {
  const [major, minor] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > oldestKernel[0] || (major === oldestKernel[0] && minor >= oldestKernel[1]);
}
