import { reading, removing, writing } from '../shape/endpoint.ts';
import { deleted, flag, listOfItems, pageQuery } from '../shape/field.ts';
import { cluster, clusterAccess, clusterCreate, clusterUpdate, nodePool } from './cluster.ts';

const { order: _byName, ...query } = pageQuery;

export const clusterEndpoints = {
  listClusters: reading({
    path: '/v1/clusters',
    summary: 'Where replicas run: what is there, and whether it answers',
    permission: 'known',
    query,
    reply: listOfItems(cluster),
  }),
  getCluster: reading({
    path: '/v1/clusters/{cluster}',
    summary: 'One cluster',
    permission: 'known',
    reply: cluster,
  }),
  createCluster: writing('POST', {
    path: '/v1/clusters',
    summary: 'Add a Kubernetes that environments can be made on',
    permission: 'instance',
    body: clusterCreate,
    reply: cluster,
  }),
  updateCluster: writing('PATCH', {
    path: '/v1/clusters/{cluster}',
    summary: 'Give a cluster that was added new credentials, or change where its images are',
    permission: 'instance',
    body: clusterUpdate,
    reply: cluster,
  }),
  deleteCluster: removing({
    path: '/v1/clusters/{cluster}',
    summary: 'Forget a cluster that was added, once no environment stands on it',
    permission: 'instance',
    reply: deleted,
  }),
  getClusterAccess: reading({
    path: '/v1/cluster-access',
    summary: 'Manifests of a service account with the least rights, to apply to a Kubernetes that is to be added',
    permission: 'instance',
    query: {
      usage: flag.optional().describe('False: without the right to ask kubelets what is used. Default true.'),
    },
    reply: clusterAccess,
  }),
  listNodePools: reading({
    path: '/v1/clusters/{cluster}/node-pools',
    summary: 'Groups of like nodes: size, and GPUs by product, total and free',
    permission: 'known',
    query,
    reply: listOfItems(nodePool),
  }),
};
