import { runningProcess } from '../bootstrap/machine/processes.mjs';
import { dim, say } from '../bootstrap/terminal/step.mjs';
import { callApi } from './api/call-api.mjs';
import { allParts, secondNodeParts } from './parts/all-parts.mjs';
import { isRunning, logOf, processName } from './parts/part.mjs';
import { registryAddress } from './parts/registry.mjs';
import { addressesOf, readRecord } from './settings/cluster-record.mjs';
import { kubeconfigPath } from './settings/folders.mjs';

/** Prints what stands where. @returns {Promise<number>} exit code: 0 where the cluster can be used, 3 where it does not run */
export async function showStatus() {
  const record = readRecord();
  if (record === null || allParts.every((part) => runningProcess(processName(part)) === null)) {
    say('No local cluster runs here: node tools/local-cluster/local-cluster.mjs start');
    return 3;
  }
  for (const part of [...allParts, ...secondNodeParts.filter(isRunning)]) {
    const running = runningProcess(processName(part));
    say(
      `  ${part.padEnd(20)} ${running ? `process ${running.pid}`.padEnd(16) : 'not running'.padEnd(16)} ${dim(logOf(part))}`,
    );
  }
  const { podRange, serviceRange, nodeAddress, nameServerAddress } = addressesOf(record);
  say();
  say(`  ${'kubeconfig'.padEnd(20)} ${kubeconfigPath}`);
  say(`  ${'registry'.padEnd(20)} ${registryAddress(record)}`);
  say(
    `  ${'addresses'.padEnd(20)} node ${nodeAddress}, pods ${podRange}, services ${serviceRange}, name server ${nameServerAddress}`,
  );
  const { line, usable } = await nodes().catch((error) => ({
    line: `the API server does not answer: ${error.message}`,
    usable: false,
  }));
  say(`  ${'nodes'.padEnd(20)} ${line}`);
  return usable ? 0 : 1;
}

async function nodes() {
  const { status, body } = await callApi(kubeconfigPath, 'GET', '/api/v1/nodes');
  if (status !== 200) throw new Error(`${status} ${body?.message ?? body}`);
  const ready = body.items.filter((node) =>
    node.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
  const names = ready.map((node) => node.metadata.name);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return { line: `${ready.length} of ${body.items.length} ready: ${shown}`, usable: ready.length > 0 };
}
