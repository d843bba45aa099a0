import { z } from 'zod';
import { commit, timestamp } from '../shape/field.ts';

const step = z.object({
  title: z.string().describe('`RUN pip install torch`, without the builder’s own numbers.'),
  ms: z.int().nullable().describe('Null where the builder did not say.'),
  is: z.enum(['done', 'cached', 'failed', 'unfinished']),
  before: z
    .object({ ms: z.int().nullable(), is: z.enum(['done', 'cached', 'failed', 'unfinished']) })
    .nullable()
    .describe('The same step in the build before; null: it had none.'),
});

const layer = z.object({
  digest: z.string(),
  createdBy: z.string().describe('The instruction that made it.'),
  sizeBytes: z.number(),
  is: z
    .enum(['same', 'changed', 'new'])
    .describe('Against the image before: the same layer, another one of the same instruction, or none such.'),
  beforeBytes: z.number().nullable(),
});

/** Where the time and the megabytes of a build went. */
export const buildAnalysis = z
  .object({
    build: z.string(),
    steps: z.array(step).describe('As they began. Empty: nothing was built, or before steps were kept.'),
    layers: z.array(layer).describe('Lowest first. Empty while there is no image.'),
    gone: z
      .array(z.object({ createdBy: z.string(), sizeBytes: z.number() }))
      .describe('Layers that only the image before has.'),
    sizeBytes: z.number().nullable(),
    against: z
      .object({
        build: z.string(),
        commit,
        endedAt: timestamp.nullable(),
        sizeBytes: z.number().nullable(),
        buildMs: z.number().nullable(),
      })
      .nullable()
      .describe('The newest earlier build of one of its services that made an image; null: there is none.'),
  })
  .meta({ id: 'BuildAnalysis' });
export type BuildAnalysis = z.infer<typeof buildAnalysis>;
