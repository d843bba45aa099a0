import { z } from 'zod';
import { environmentName, label, projectName, reference, timestamp } from '../shape/field.ts';
import { roles, scopes } from '../shape/permission.ts';

const email = z
  .email()
  .max(200)
  .transform((text) => text.toLowerCase());

export const user = z
  .object({ id: z.string(), email: z.string(), name: z.string(), isAdmin: z.boolean(), createdAt: timestamp })
  .meta({ id: 'User' });
export type User = z.infer<typeof user>;
export const userCreate = z.strictObject({ email, name: label(100), isAdmin: z.boolean().optional() });
/** The link is shown once and lets the new person in for the first time. */
export const userCreated = user.extend({ setupUrl: z.string() });

export const member = z
  .object({
    user: user.pick({ id: true, email: true, name: true }),
    role: z.enum(roles),
    createdAt: timestamp,
    cameAt: timestamp
      .nullable()
      .describe('When they signed in for the first time; null: not yet, so that they may want another sign-in link.'),
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof member>;
export const memberPut = z.strictObject({ role: z.enum(roles) });

export const token = z
  .object({
    id: z.string(),
    kind: z.enum(['personal', 'service', 'deploy', 'session', 'setup']),
    name: z.string(),
    scopes: z.array(z.enum(scopes)),
    user: z.object({ id: z.string(), name: z.string() }).nullable(),
    project: projectName.nullable(),
    environment: environmentName.nullable(),
    createdAt: timestamp,
    expiresAt: timestamp.nullable(),
    lastUsedAt: timestamp.nullable(),
    revokedAt: timestamp.nullable(),
  })
  .meta({ id: 'Token' });
export type Token = z.infer<typeof token>;
export const tokenCreated = token.extend({ token: z.string().describe('Shown this once.') });

const expiresInDays = z.int().min(1).max(3_650).nullable().optional().describe('Default 90. Null: never.');
export const tokenCreate = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('personal'),
    name: label(100),
    scopes: z.array(z.enum(scopes)).min(1).max(6),
    project: reference('a project to stay inside of').optional(),
    expiresInDays,
  }),
  z.strictObject({
    kind: z.literal('service'),
    name: label(100),
    scopes: z
      .array(z.enum(['read', 'deploy', 'write', 'exec', 'admin']))
      .min(1)
      .max(5),
    project: reference('the project it belongs to'),
    expiresInDays,
  }),
  z.strictObject({
    kind: z.literal('deploy'),
    name: label(100),
    environment: reference('the environment it deploys to'),
    expiresInDays,
  }),
]);

export const me = z
  .object({
    token: token.pick({
      id: true,
      kind: true,
      name: true,
      scopes: true,
      project: true,
      environment: true,
      expiresAt: true,
    }),
    user: user.nullable(),
    projects: z.array(
      z.object({ id: z.string(), slug: z.string(), role: z.enum(roles).nullable(), scope: z.enum(scopes) }),
    ),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof me>;
