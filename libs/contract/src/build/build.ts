import { z } from 'zod';
import { commit, commitSha, releaseName, repositoryName, serviceName, timestamp } from '../shape/field.ts';

export const build = z
  .object({
    id: z.string(),
    repository: repositoryName,
    delivery: z.string().nullable(),
    commit,
    phase: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'superseded']),
    reason: z.string().nullable(),
    message: z.string().nullable(),
    hint: z.string().nullable(),
    cancelled: z.boolean().describe('True as soon as it was asked for.'),
    reusedBuild: z.string().nullable().describe('The earlier build whose image was taken: same tree, same settings.'),
    image: z
      .object({
        digest: z.string(),
        sizeBytes: z.number().nullable(),
        architecture: z.string().nullable(),
        exposedPorts: z.array(z.int()),
      })
      .nullable(),
    targets: z
      .array(
        z.object({
          service: serviceName,
          release: releaseName.nullable(),
          reason: z.string().nullable(),
          message: z.string().nullable(),
        }),
      )
      .describe('Services it is for, the release each got, or why none.'),
    timings: z.record(z.string(), z.number()).describe('Milliseconds per part.'),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    endedAt: timestamp.nullable(),
  })
  .meta({ id: 'Build' });
export type Build = z.infer<typeof build>;

export const buildCreate = z.strictObject({
  commit: commitSha.optional().describe('Default: the newest commit of `ref`.'),
  ref: z
    .string()
    .min(1)
    .max(300)
    .regex(/^[^\p{Cc} ]+$/u)
    .optional()
    .describe('A branch. Default: the repository’s default branch.'),
  noCache: z.boolean().optional(),
});
export const buildUpdate = z.strictObject({ cancelled: z.literal(true) });
