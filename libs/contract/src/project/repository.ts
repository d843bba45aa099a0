import { z } from 'zod';
import { label, projectName, reference, slug, timestamp } from '../shape/field.ts';

export const branchName = z
  .string()
  .min(1)
  .max(200)
  // git-check-ref-format(1), the part that a rule over branch names needs.
  .regex(/^(?!.*(?:\.\.|\/\/|@\{|\\))[^\p{Cc} ~^:?*[]+$/u, 'a legal branch name');

export const repository = z
  .object({
    id: z.string(),
    project: projectName,
    slug: z.string(),
    path: z.string().describe('`project/repository`'),
    kind: z.enum(['builtin', 'github']),
    fullName: z.string(),
    pushUrl: z
      .string()
      .nullable()
      .describe('Where to `git push`; null for GitHub. The password is a token with the scope `deploy`.'),
    hostId: z.string(),
    installationId: z.string().nullable(),
    defaultBranch: z.string(),
    version: z.int(),
    createdAt: timestamp,
  })
  .meta({ id: 'Repository' });
export type Repository = z.infer<typeof repository>;

const githubNumber = z.string().regex(/^[1-9]\d{0,18}$/, 'a number, as text');

export const repositoryCreate = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('builtin'), slug, defaultBranch: branchName.optional() }),
  z.strictObject({
    kind: z.literal('github'),
    slug,
    fullName: z
      .string()
      .max(200)
      .regex(/^[\w.-]+\/[\w.-]+$/, '`owner/name`'),
    hostId: githubNumber.describe('GitHub’s numeric id of the repository, as text.'),
    installationId: githubNumber.optional(),
    defaultBranch: branchName.optional(),
  }),
]);
export const repositoryUpdate = z.strictObject({ defaultBranch: branchName.optional() });

export const branchRule = z
  .object({
    id: z.string(),
    project: projectName,
    environment: z.object({ id: z.string(), slug: z.string() }),
    repository: z
      .object({ id: z.string(), slug: z.string() })
      .nullable()
      .describe('Null: every repository of the project.'),
    branches: z.array(z.string()),
    position: z.int().describe('Rules are tried from the lowest; all that match deploy.'),
    decides: z
      .string()
      .optional()
      .describe('With `?branch`: the pattern by which the rule takes the branch in, the last one that matches.'),
    version: z.int(),
    createdAt: timestamp,
  })
  .meta({ id: 'BranchRule' });
export type BranchRule = z.infer<typeof branchRule>;

const branches = z
  .array(label(200))
  .min(1)
  .max(50)
  .describe('Globs over branch names; `!` takes away. `main` matches `main` and nothing else.');

export const branchRuleCreate = z.strictObject({
  environment: reference('an environment of this project'),
  repository: reference('a repository of this project').nullable().optional(),
  branches,
  position: z.int().min(0).max(10_000).optional(),
});
export const branchRuleUpdate = z.strictObject({
  environment: reference('an environment of this project').optional(),
  repository: reference('a repository of this project').nullable().optional(),
  branches: branches.optional(),
  position: z.int().min(0).max(10_000).optional(),
});

export const delivery = z
  .object({
    id: z.string(),
    host: z.enum(['github', 'builtin']),
    hostDelivery: z.string(),
    event: z.string(),
    repository: z.object({ id: z.string(), slug: z.string(), fullName: z.string() }).nullable(),
    ref: z.string().nullable(),
    commit: z.string().nullable(),
    actor: z.string().nullable().describe('Who pushed, as the host names them.'),
    phase: z.enum(['received', 'processed']),
    outcome: z.enum(['built', 'ignored', 'failed']).nullable(),
    reason: z.string().nullable().describe('Machine code for why it was ignored or failed.'),
    message: z.string().nullable(),
    builds: z.array(z.object({ id: z.string(), phase: z.string() })),
    receivedAt: timestamp,
    processedAt: timestamp.nullable(),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof delivery>;
