import { setTimeout as sleep } from 'node:timers/promises';
import { callApi, watchApi } from '../api/call-api.mjs';

const paths = {
  policies: '/apis/networking.k8s.io/v1/networkpolicies',
  pods: '/api/v1/pods',
  namespaces: '/api/v1/namespaces',
};

/**
 * Reads policies, pods and namespaces, and again after anything changed, for good. Changes that come together are read together.
 * @param {string} kubeconfig
 * @param {(state: import('./plan-policy-rules.mjs').ClusterState) => Promise<void>} onState
 */
export async function followCluster(kubeconfig, onState) {
  let wake = () => {};
  let changed = true;
  const onChange = () => {
    changed = true;
    wake();
  };
  for (const path of Object.values(paths)) void followOne(kubeconfig, path, onChange);
  for (;;) {
    if (!changed) await new Promise((resolve) => (wake = () => resolve(undefined)));
    await sleep(gatherMs);
    changed = false;
    await onState(await readAll(kubeconfig)).catch((error) => {
      process.stderr.write(`not set: ${error.message}\n`);
      changed = true;
      return sleep(retryMs);
    });
  }
}

const gatherMs = 30;
const retryMs = 1_000;

/** A watch ends now and then; what happened meanwhile is found by reading all again. */
async function followOne(kubeconfig, path, onChange) {
  for (;;) {
    await watchApi(kubeconfig, `${path}?watch=1`, onChange).catch(() => {});
    await sleep(retryMs);
    onChange();
  }
}

async function readAll(kubeconfig) {
  const lists = await Promise.all(
    Object.values(paths).map((path) => callApi(kubeconfig, 'GET', `${path}?resourceVersion=0`)),
  );
  for (const { status, body } of lists)
    if (status !== 200) throw new Error(`the API server answered ${status}: ${body?.message ?? body}`);
  const items = (index) => lists[index].body.items;
  return { policies: items(0), pods: items(1), namespaces: items(2) };
}
