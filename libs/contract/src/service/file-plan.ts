import { z } from 'zod';
import { environmentName, projectName, reference, serviceName } from '../shape/field.ts';

export const filePlanCreate = z.strictObject({
  file: z.string().max(262_144).describe('The text of a sconce.yaml.'),
  repository: reference('the repository it stands in; without one, none that Sconce knows').nullable().optional(),
});

const difference = z.object({
  name: z.string().describe('`resources.gpu`, `build.dockerfile`.'),
  from: z.string().nullable().describe('As the file deployed last has it, over the defaults.'),
  to: z.string().nullable().describe('As this file has it, over the defaults.'),
  above: z
    .string()
    .nullable()
    .optional()
    .describe('What people set over the API: it stays in force. Absent where they set nothing; null: set to nothing.'),
});

export const filePlanService = z
  .object({
    slug: z.string(),
    service: serviceName.nullable().describe('Null: it is made by the push.'),
    action: z.enum(['create', 'change', 'keep', 'refuse']),
    message: z.string().nullable().describe('Why the push would not take it.'),
    settings: z.array(difference),
    variables: z.array(z.object({ name: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
    secretGroups: z.object({
      attached: z.array(z.string()),
      detached: z.array(z.string()),
      missing: z.array(z.string()).describe('Named by the file, and not there.'),
    }),
  })
  .meta({ id: 'FilePlanService' });
export type FilePlanService = z.infer<typeof filePlanService>;

/** What deploying a file would change in one environment: read by the same code as a push reads it. */
export const filePlan = z
  .object({
    project: projectName,
    environment: environmentName,
    services: z.array(filePlanService),
    unnamed: z
      .array(z.object({ service: serviceName, message: z.string() }))
      .describe('Services of the repository that the file does not name any more: they keep running what they run.'),
  })
  .meta({ id: 'FilePlan' });
export type FilePlan = z.infer<typeof filePlan>;
