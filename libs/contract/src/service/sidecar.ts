import { z } from 'zod';
import { slug, variableName } from '../shape/field.ts';

/** A sidecar as people set it: name and image, the rest may be left out. */
export const sidecarPatch = z.strictObject({
  name: slug
    .refine((name) => name !== 'main', '`main` is the service itself')
    .describe('Unique in its service; `main` is the service itself.'),
  image: z
    .string()
    .min(1)
    .max(400)
    .regex(
      /^(?!sha256(?::|$))(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
      'an image like redis:7 or registry.example/team/cache@sha256:...',
    )
    .describe('As an engine or a node pulls it. Only one with a digest stays the same for good.'),
  command: z
    .array(
      z
        .string()
        .max(4_000)
        .regex(/^[^\0]*$/),
    )
    .min(1)
    .max(100)
    .nullable()
    .default(null)
    .describe('Replaces the image’s command; null: the image’s own.'),
  env: z
    .record(
      variableName,
      z
        .string()
        .max(32_000)
        .regex(/^[^\0]*$/),
    )
    .default({})
    .describe('Plain values, shown with the release: no place for secrets.'),
  sharesVariables: z
    .boolean()
    .default(false)
    .describe('True: it gets the variables and secrets of the service as well; its own lie above.'),
  cpuMilli: z.int().min(10).max(1_024_000).nullable().default(null).describe('Null: no limit.'),
  memoryMiB: z
    .int()
    .min(6)
    .max(64 * 1024 * 1024)
    .nullable()
    .default(null)
    .describe('Null: no limit.'),
});

/** As it applies. */
export const sidecar = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).nullable(),
  env: z.record(z.string(), z.string()),
  sharesVariables: z.boolean(),
  cpuMilli: z.int().nullable(),
  memoryMiB: z.int().nullable(),
});
export type Sidecar = z.infer<typeof sidecar>;
