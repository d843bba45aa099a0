import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { findProgram } from '../../bootstrap/machine/command.mjs';
import { makeFolder, writeFile } from '../../bootstrap/machine/home.mjs';
import { addressesOf } from '../settings/cluster-record.mjs';
import { inCluster } from '../settings/folders.mjs';
import { firstNode } from '../settings/local-nodes.mjs';
import { ensurePart, waitForPart } from './part.mjs';

export const registryAddress = (record) => `127.0.0.1:${record.registryPort}`;

/** The same registry, as pods reach it: builds push to it. It speaks plain HTTP. @param {import('../settings/cluster-record.mjs').ClusterRecord} record */
export const registryForPods = (record) => `${addressesOf(record).nodeAddress}:${record.registryPort}`;

/**
 * An image registry over one folder, served twice: on the machine's loopback, where images are pushed, and on the node's, where they
 * are pulled by the same name. Either way a client takes plain HTTP from loopback without being told. On the node it is served to pods as well:
 * the node's network is its own, and nobody else reaches it.
 * @param {import('../settings/cluster-record.mjs').ClusterRecord} record
 */
export async function startRegistry(record) {
  await serve('registry', registryAddress(record), { onHost: true });
  await startNodeRegistry(record, firstNode(record));
  await waitForPart('registry', 'the registry answers', () => answers(record));
}

/**
 * The same one on all addresses of a node.
 * @param {import('../settings/cluster-record.mjs').ClusterRecord} record
 * @param {import('../settings/local-nodes.mjs').LocalNode} node
 */
export const startNodeRegistry = (record, { suffix, place }) =>
  serve(`node-registry${suffix}`, `0.0.0.0:${record.registryPort}`, { place });

function serve(part, address, where) {
  const folder = makeFolder(inCluster('registry', 'images'));
  const settings = JSON.stringify(makeRegistryConfig({ folder, secret: sharedSecret(), address }), null, 2);
  const path = inCluster('registry', `${part}.json`);
  writeFile(path, `${settings}\n`);
  return ensurePart(part, { command: [findProgram('docker-registry'), 'serve', path], settings, ...where });
}

/** @param {{ folder: string, address: string, secret: string }} registry `secret`: an upload begun at one of the two goes on at the other */
export function makeRegistryConfig({ folder, address, secret }) {
  return {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    // No cache of what is there: the other one may have changed it.
    storage: { filesystem: { rootdirectory: folder }, delete: { enabled: true } },
    http: { addr: address, secret },
  };
}

function sharedSecret() {
  const path = inCluster('registry', 'secret');
  if (!existsSync(path)) writeFile(path, randomBytes(24).toString('hex'));
  return readFileSync(path, 'utf8');
}

function answers(record) {
  return new Promise((resolve, reject) => {
    const request = http.get(`http://${registryAddress(record)}/v2/`, { timeout: 3_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? true : null);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 3 s')));
    request.on('error', reject);
  });
}
