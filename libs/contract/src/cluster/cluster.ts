import { z } from 'zod';
import { label, serviceName, slug, timestamp } from '../shape/field.ts';

const dnsLabel = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a name in Kubernetes');
const podSecurity = z
  .enum(['restricted', 'baseline'])
  .describe('What its pods may be: `restricted` takes no image that runs as root, `baseline` does.');
const account = z
  .strictObject({ namespace: dnsLabel, name: dnsLabel })
  .describe('The service account of the least rights that the credentials are of.');
/** `registry.example:5000`, or a path in it. */
const registry = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9][a-z0-9._-]*)*$/,
    'a host, with a port or a path: registry.example:5000/team',
  )
  .describe('Where images are pushed for its nodes: a host, with a port or a path.');
const registryCredentials = z
  .strictObject({ username: label(200), password: z.string().min(1).max(4_000) })
  .describe('For pushing, where the registry asks for them. They never come back.');
const gatewayCidrs = z
  .array(z.union([z.cidrv4(), z.cidrv6()]))
  .max(32)
  .describe('Where gateways reach replicas from, if not from the nodes.');
const kubeconfig = z
  .string()
  .min(1)
  .max(100_000)
  .describe('Text of a kubeconfig with its credentials in it as data: no programs, no files. It never comes back.');
const context = label(253).optional().describe('Which context of the kubeconfig; default: its current one.');

export const addedCluster = z
  .object({
    server: z.string(),
    registry: z.string(),
    podSecurity,
    gatewayCidrs: z.array(z.string()),
    account: z.string().nullable().describe('`namespace/name`; null: credentials that were given as they are.'),
    version: z.int(),
    createdBy: z.string().nullable(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'AddedCluster' });

export const clusterCreate = z
  .strictObject({
    name: slug,
    kubeconfig,
    context,
    registry,
    registryCredentials: registryCredentials.nullable().optional(),
    podSecurity: podSecurity.optional(),
    gatewayCidrs: gatewayCidrs.optional(),
    account: account.nullable().optional(),
  })
  .meta({ id: 'ClusterCreate' });

export const clusterUpdate = z
  .strictObject({
    kubeconfig: kubeconfig.optional(),
    context,
    registry: registry.optional(),
    registryCredentials: registryCredentials.nullable().optional(),
    podSecurity: podSecurity.optional(),
    gatewayCidrs: gatewayCidrs.optional(),
    account: account.nullable().optional(),
  })
  .meta({ id: 'ClusterUpdate' });

/** What an administrator of a Kubernetes applies there, so that Sconce may run replicas on it with the least rights. */
export const clusterAccess = z
  .object({
    manifests: z
      .array(z.record(z.string(), z.unknown()))
      .describe('Objects of Kubernetes, in the order to apply them in.'),
    account: z.object({ namespace: z.string(), name: z.string() }),
    tokenSecret: z
      .object({ namespace: z.string(), name: z.string() })
      .describe('Where the cluster puts the account’s token, soon after it was applied.'),
  })
  .meta({ id: 'ClusterAccess' });
export type ClusterAccess = z.infer<typeof clusterAccess>;

export const cluster = z
  .object({
    name: z.string(),
    nodes: z.int(),
    cpuMilli: z.int(),
    memoryMiB: z.int(),
    gpus: z.object({ total: z.int(), free: z.int() }),
    reachable: z.boolean().describe('False: it does not answer; what stands here is what it said last.'),
    awaySince: timestamp.nullable(),
    warnings: z
      .array(z.string())
      .describe('What is not as it should be there; only for those who look after the installation.'),
    observedAt: timestamp,
    added: addedCluster
      .nullable()
      .describe(
        'How it is reached, but for its credentials; only for those who look after the installation. Null: the installation’s own.',
      ),
  })
  .meta({ id: 'Cluster' });
export type Cluster = z.infer<typeof cluster>;

export const nodePool = z
  .object({
    name: z.string(),
    cluster: z.string(),
    nodes: z.int(),
    leaving: z.int().describe('Nodes of these that are to go (drained, taken back, scaled down) or do not answer.'),
    cpuMilli: z.int(),
    memoryMiB: z.int(),
    diskMiB: z.int().nullable().describe('Where images and volumes are; null: cannot be seen from here.'),
    diskFreeMiB: z.int().nullable(),
    gpus: z.array(
      z.object({
        product: z.string(),
        memoryMiB: z.int().nullable().describe('Of each.'),
        total: z.int(),
        free: z.int(),
      }),
    ),
    gpuHolders: z
      .array(z.object({ service: serviceName, replica: z.string(), gpus: z.int() }))
      .describe('Replicas that hold GPUs, as far as you may see their projects.'),
    observedAt: timestamp,
  })
  .meta({ id: 'NodePool' });
export type NodePool = z.infer<typeof nodePool>;
