import { z } from 'zod';
import { environmentName, slug, timestamp, variableName } from '../shape/field.ts';

/** 32 KiB of UTF-8 (the server counts bytes) without NUL: what a process can be given. */
const value = z
  .string()
  .max(32_768)
  .regex(/^[^\0]*$/, 'no NUL');

export const variable = z
  .object({
    name: z.string(),
    value: z.string().nullable().describe('Null: the key that sealed it is not here.'),
    version: z.int(),
    source: z
      .enum(['service', 'environment', 'file'])
      .describe('Where it comes from; the service’s wins over the environment’s, and both over the file’s.'),
    updatedAt: timestamp.nullable(),
  })
  .meta({ id: 'Variable' });
export type Variable = z.infer<typeof variable>;

export const variables = z.object({ data: z.array(variable), page: z.object({ next: z.string().nullable() }) });

export const variablesPut = z
  .record(variableName, value)
  .refine((values) => Object.keys(values).length <= 500, 'at most 500');
/** JSON Merge Patch: null takes a variable away. */
export const variablesPatch = z
  .record(variableName, value.nullable())
  .refine((values) => Object.keys(values).length <= 500, 'at most 500');

export const secretGroup = z
  .object({
    id: z.string(),
    environment: environmentName,
    slug: z.string(),
    secrets: z.int(),
    services: z.array(z.string()).describe('Paths of the services it is attached to.'),
    createdAt: timestamp,
  })
  .meta({ id: 'SecretGroup' });
export type SecretGroup = z.infer<typeof secretGroup>;
export const secretGroupCreate = z.strictObject({ slug });

/** All that is ever told of a secret. */
export const secret = z
  .object({
    name: z.string(),
    version: z.int(),
    fingerprint: z.string(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Secret' });
export type Secret = z.infer<typeof secret>;
export const secretPut = z.strictObject({ value: value.min(1) });
