import { z } from 'zod';
import { label, slug, timestamp } from '../shape/field.ts';

export const project = z
  .object({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    version: z.int(),
    createdAt: timestamp,
    /** The caller's own role here; null for tokens that are nobody's. */
    role: z.enum(['viewer', 'developer', 'admin']).nullable(),
  })
  .meta({ id: 'Project' });
export type Project = z.infer<typeof project>;

export const projectCreate = z
  .strictObject({ slug, name: label(100).optional().describe('Default: the slug.') })
  .meta({ id: 'ProjectCreate' });
export const projectUpdate = z
  .strictObject({ slug: slug.optional(), name: label(100).optional() })
  .meta({ id: 'ProjectUpdate' });
export const projectPut = z.strictObject({ name: label(100).optional() });

export const environment = z
  .object({
    id: z.string(),
    project: z.object({ id: z.string(), slug: z.string() }),
    slug: z.string(),
    name: z.string(),
    path: z.string().describe('`project/environment`'),
    cluster: z.string(),
    version: z.int(),
    createdAt: timestamp,
    services: z.int().describe('How many stand in it.'),
  })
  .meta({ id: 'Environment' });
export type Environment = z.infer<typeof environment>;

export const environmentCreate = z
  .strictObject({
    slug,
    name: label(100).optional(),
    cluster: z.literal('local').optional().describe('Where its replicas run. One machine has `local`.'),
  })
  .meta({ id: 'EnvironmentCreate' });
export const environmentUpdate = z.strictObject({ name: label(100).optional() });
export const environmentPut = environmentUpdate;
