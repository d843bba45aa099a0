import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { findProgram } from '../../bootstrap/machine/command.mjs';
import { makeFolder, writeFile } from '../../bootstrap/machine/home.mjs';
import { inCluster } from '../settings/folders.mjs';
import { ensurePart, waitForPart } from './part.mjs';

export const registryAddress = (record) => `127.0.0.1:${record.registryPort}`;

/**
 * An image registry over one folder, served twice: on the machine's loopback, where images are pushed, and on the node's, where they
 * are pulled by the same name. Either way a client takes plain HTTP from loopback without being told.
 * @param {import('../settings/cluster-record.mjs').ClusterRecord} record
 */
export async function startRegistry(record) {
  const settings = makeRegistryConfig({
    folder: makeFolder(inCluster('registry', 'images')),
    address: registryAddress(record),
    secret: sharedSecret(),
  });
  const path = inCluster('registry', 'settings.json');
  writeFile(path, `${JSON.stringify(settings, null, 2)}\n`);
  const command = [findProgram('docker-registry'), 'serve', path];
  await ensurePart('registry', { command, settings: JSON.stringify(settings), onHost: true });
  await ensurePart('node-registry', { command, settings: JSON.stringify(settings) });
  await waitForPart('registry', 'the registry answers', () => answers(record));
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
