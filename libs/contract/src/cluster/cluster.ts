import { z } from 'zod';
import { serviceName, timestamp } from '../shape/field.ts';

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
  })
  .meta({ id: 'Cluster' });
export type Cluster = z.infer<typeof cluster>;

export const nodePool = z
  .object({
    name: z.string(),
    cluster: z.string(),
    nodes: z.int(),
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
