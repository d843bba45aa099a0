import { expect, it } from 'vitest';
import { clusterIsGiven, givenCluster } from './given-cluster.mjs';
import { kubeconfigPath } from './settings/folders.mjs';

it('tells another cluster from the one of this clone, which its own kubeconfig names', () => {
  expect(clusterIsGiven({})).toBe(false);
  expect(clusterIsGiven({ KUBECONFIG: '' })).toBe(false);
  expect(clusterIsGiven({ KUBECONFIG: kubeconfigPath })).toBe(false);
  expect(clusterIsGiven({ KUBECONFIG: '/home/ana/.kube/config' })).toBe(true);
});

it('asks for the registry of a cluster that is given, by the name of the variable', async () => {
  await expect(givenCluster({ KUBECONFIG: '/home/ana/.kube/config' })).rejects.toMatchObject({
    message: expect.stringContaining('/home/ana/.kube/config'),
    next: expect.arrayContaining([expect.stringContaining('SCONCE_CLUSTER_REGISTRY=host:port')]),
  });
});
