import { createHash } from 'node:crypto';
import { mustRun } from '../../bootstrap/machine/command.mjs';
import { home, readJson, writeJson } from '../../bootstrap/machine/home.mjs';
import { freePortFrom, isFree } from '../../bootstrap/machine/ports.mjs';
import { Problem } from '../../bootstrap/terminal/problem.mjs';
import { inCluster } from './folders.mjs';
import { blockCount, decideBlock, planAddresses } from './plan-addresses.mjs';

/**
 * What is chosen once for this clone, and remembered.
 * @typedef {object} ClusterRecord
 * @property {string} id eight letters, in the name of everything that this cluster makes outside of its folder
 * @property {string} nodeName
 * @property {number} block which addresses it has
 * @property {number} registryPort on loopback
 */

const recordPath = inCluster('cluster.json');
const firstRegistryPort = 7690;
/** Interface names have at most 15 characters. */
export const linkName = (record) => `sc${record.id}`;

/** @returns {ClusterRecord | null} */
export const readRecord = () => readJson(recordPath);

/** @returns {Promise<ClusterRecord>} */
export async function ensureRecord() {
  const known = readRecord();
  if (known !== null) return known;
  const hash = createHash('sha256').update(home).digest();
  const block = decideBlock(hash.readUInt16BE(0) % blockCount, await usedNetworks());
  if (block === null)
    throw new Problem('No address range is free for a local cluster: 10.216.0.0 to 10.231.255.255 are all routed.', [
      'Use another cluster: KUBECONFIG=/path/to/kubeconfig.',
    ]);
  const id = hash.toString('hex').slice(0, 8);
  const record = { id, nodeName: `local-${id}`, block, registryPort: await freePortFrom(firstRegistryPort) };
  return keepRecord(record);
}

/** Chooses another port where the one of before is taken: a cluster of another clone may have started meanwhile. @param {ClusterRecord} record */
export async function withFreeRegistryPort(record) {
  if (await isFree(record.registryPort)) return record;
  return keepRecord({ ...record, registryPort: await freePortFrom(firstRegistryPort) });
}

function keepRecord(record) {
  // Nothing in it is secret, and who uses the cluster need not be root.
  writeJson(recordPath, record, 0o644);
  return record;
}

/** @param {ClusterRecord} record */
export const addressesOf = (record) => planAddresses(record.block);

async function usedNetworks() {
  const { stdout } = await mustRun('Reading the routes of this machine', 'ip', ['-4', 'route', 'show', 'table', 'all']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map((words) => (['local', 'broadcast', 'unreachable', 'blackhole'].includes(words[0]) ? words[1] : words[0]));
}
