import { type RequestOptions, request } from 'node:https';
import { readKubeConfig } from '@sconce/kubernetes-api';

const resource = 'nvidia.com/gpu';

/** Says of the cluster's first node that it has so many GPUs, as its device plugin would; null takes them away. */
export async function setGpus(count: number | null): Promise<void> {
  const list = (await askCluster('GET', '/api/v1/nodes')) as { items: { metadata: { name: string } }[] };
  const amount = { [resource]: count === null ? null : String(count) };
  const status = { capacity: amount, allocatable: amount };
  await askCluster('PATCH', `/api/v1/nodes/${list.items[0]?.metadata.name}/status`, { status });
}

/** One call of the API server of `KUBECONFIG`. Rejects with what it says where it refuses. */
export async function askCluster(
  method: string,
  path: string,
  body?: unknown,
  contentType = 'application/merge-patch+json',
): Promise<unknown> {
  const config = readKubeConfig(process.env.KUBECONFIG ?? '');
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { accept: 'application/json', 'content-type': contentType };
  const sent = request(`${config.getCurrentCluster()?.server}${path}`, { ...options, method, headers }, (response) => {
    let text = '';
    response.on('data', (chunk) => {
      text += chunk;
    });
    response.on('end', () => ((response.statusCode ?? 500) < 300 ? resolve(text) : reject(new Error(text))));
  });
  sent.on('error', reject);
  sent.end(body === undefined ? '' : JSON.stringify(body));
  return JSON.parse(await promise);
}
