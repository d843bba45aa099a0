import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { writeFile } from '../../bootstrap/machine/home.mjs';
import { applyObject } from '../api/call-api.mjs';
import { makeNameServerConfig, makeNameServerObjects } from '../configuration/make-name-server-config.mjs';
import { writeKubeconfig } from '../settings/certificates.mjs';
import { addressesOf } from '../settings/cluster-record.mjs';
import { inCluster, kubeconfigPath } from '../settings/folders.mjs';
import { apiServer } from './control-plane.mjs';
import { upstreamNameServers } from './node.mjs';
import { ensurePart, waitForPart } from './part.mjs';

/**
 * CoreDNS, a process beside the kubelet instead of a pod: there is no image to start it from.
 * @param {string} coreDns path of the program
 * @param {import('../settings/cluster-record.mjs').ClusterRecord} record
 */
export async function startNameServer(coreDns, record) {
  const { podGateway, nameServerAddress } = addressesOf(record);
  const upstream = upstreamNameServers();
  const settings = makeNameServerConfig({
    address: podGateway,
    kubeconfig: writeKubeconfig('name-server', apiServer(record)),
    // CoreDNS does not start where it would have nobody to ask.
    upstream: /^nameserver\s/m.test(readFileSync(upstream, 'utf8')) ? upstream : null,
  });
  const path = inCluster('node', 'settings', 'Corefile');
  writeFile(path, settings);
  for (const { path: where, object } of makeNameServerObjects({
    serviceAddress: nameServerAddress,
    address: podGateway,
  }))
    await applyObject(kubeconfigPath, where, object);
  await ensurePart('name-server', { command: [coreDns, '-conf', path], settings });
  await waitForPart('name-server', 'names are answered', () => answersNames(podGateway));
}

/** Asked from this machine, where pods' addresses are routed as well. */
async function answersNames(address) {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([address]);
  const found = await resolver.resolve4('kubernetes.default.svc.cluster.local');
  return found.length > 0 ? true : null;
}
