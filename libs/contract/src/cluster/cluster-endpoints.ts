import { reading } from '../shape/endpoint.ts';
import { listOfItems, pageQuery } from '../shape/field.ts';
import { cluster, nodePool } from './cluster.ts';

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
  listNodePools: reading({
    path: '/v1/clusters/{cluster}/node-pools',
    summary: 'Groups of like nodes: size, and GPUs by product, total and free',
    permission: 'known',
    query,
    reply: listOfItems(nodePool),
  }),
};
