import { addressesOf } from './cluster-record.mjs';
import { inCluster } from './folders.mjs';

/**
 * One of the nodes that are this machine.
 * @typedef {object} LocalNode
 * @property {string} name
 * @property {string} suffix of the names of its parts and certificates
 * @property {NodePlace} place
 * @property {string} cgroup that its pods are in
 * @property {string} address
 * @property {string} podRange
 */

/**
 * Where a node has its files, and what holds its network and its mounts.
 * @typedef {object} NodePlace
 * @property {string} folder
 * @property {string} holder
 */

/** @type {NodePlace} */
export const firstPlace = { folder: inCluster('node'), holder: inCluster('namespaces') };
/** @type {NodePlace} */
const secondPlace = { folder: inCluster('node-2'), holder: inCluster('namespaces-2') };

/** The cgroup that all pods of this cluster are in. */
export const cgroupOf = (record) => `/sconce-${record.id}`;

/** It also holds the control plane. @returns {LocalNode} */
export function firstNode(record) {
  const { nodeAddress, podRange } = addressesOf(record);
  const cgroup = cgroupOf(record);
  return { name: record.nodeName, suffix: '', place: firstPlace, cgroup, address: nodeAddress, podRange };
}

/** Behind the first one, on request: for what takes two, as draining one of them does. @returns {LocalNode} */
export function secondNode(record) {
  const { secondAddress, secondPodRange } = addressesOf(record);
  return {
    name: `${record.nodeName}-2`,
    suffix: '-2',
    place: secondPlace,
    cgroup: `${cgroupOf(record)}/node-2`,
    address: secondAddress,
    podRange: secondPodRange,
  };
}
