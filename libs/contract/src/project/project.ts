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
    cluster: slug
      .optional()
      .describe('Where its replicas run, for good; default `local`, where the installation itself runs them.'),
  })
  .meta({ id: 'EnvironmentCreate' });
export const environmentUpdate = z.strictObject({
  name: label(100).optional(),
  cluster: slug.optional().describe('Only the one where it is: environments do not move.'),
});
export const environmentPut = z.strictObject({
  name: label(100).optional(),
  cluster: slug.optional().describe('Where a new one is made; one that is there stays where it is.'),
});
