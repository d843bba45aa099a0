/**
 * @typedef {object} Addresses
 * @property {string} block the whole of it, 1024 addresses
 * @property {string} hostAddress of this machine, as the node sees it
 * @property {string} nodeAddress of the node and of the API server
 * @property {number} linkPrefix length of the network that both are in
 * @property {string} podRange
 * @property {string} podGateway the node, as pods see it
 * @property {string} serviceRange
 * @property {string} apiServiceAddress the Service `kubernetes`: always the first of the range
 * @property {string} nameServerAddress the Service `kube-dns`: by custom the tenth
 * @property {string} secondBlock all of the second node
 * @property {string} secondPodRange
 * @property {string} secondPodGateway the second node, as its pods see it
 * @property {string} secondGateway the first node, as the second one sees it
 * @property {string} secondAddress of the second node
 */

/** 10.216.0.0 to 10.231.255.255 in blocks of 1024: beside the networks that the engine's runtime makes (10.200 to 10.215). */
export const blockCount = 1024;
const firstOctet = 216;

/** @returns {Addresses} */
export function planAddresses(index) {
  const second = firstOctet + (index >> 6);
  const third = (index & 63) << 2;
  const at = (network, host) => `10.${second}.${third + network}.${host}`;
  return {
    block: `${at(0, 0)}/22`,
    hostAddress: at(0, 1),
    nodeAddress: at(0, 2),
    linkPrefix: 24,
    podRange: `${at(1, 0)}/24`,
    podGateway: at(1, 1),
    serviceRange: `${at(2, 0)}/24`,
    apiServiceAddress: at(2, 1),
    nameServerAddress: at(2, 10),
    secondBlock: `${at(3, 0)}/24`,
    secondPodRange: `${at(3, 0)}/25`,
    secondPodGateway: at(3, 1),
    secondGateway: at(3, 129),
    secondAddress: at(3, 130),
  };
}

/**
 * The first block from `preferred` on that shares no address with any network in use, or null.
 * @param {number} preferred
 * @param {string[]} networks as `ip route` writes them: `10.1.2.0/24`, or one address
 */
export function decideBlock(preferred, networks) {
  for (let step = 0; step < blockCount; step += 1) {
    const index = (preferred + step) % blockCount;
    if (!networks.some((network) => overlap(network, planAddresses(index).block))) return index;
  }
  return null;
}

/** Whether two IPv4 networks share an address. What is not one (`default`) shares none. */
export function overlap(one, other) {
  const [a, b] = [toRange(one), toRange(other)];
  return a !== null && b !== null && a.first <= b.last && b.first <= a.last;
}

function toRange(network) {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(network);
  if (match === null) return null;
  const [a, b, c, d, prefix = 32] = match.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}
