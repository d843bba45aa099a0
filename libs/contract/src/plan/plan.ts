import { z } from 'zod';
import { settingsPatch } from '../service/service-settings.ts';
import { commit, slug } from '../shape/field.ts';

/** A value, and the words for where it was read: `EXPOSE 8000 in the Dockerfile`. */
const guess = <T extends z.ZodType>(value: T) => z.object({ value, from: z.string() });

/** What a look at a commit says about running it. */
export const deployPlan = z
  .object({
    service: z.string().describe('A slug for it.'),
    services: z.array(z.string()).describe('Those that `sconce.yaml` names; its settings win over guesses.'),
    dockerfile: z.string().nullable().describe('Its path; null: none was found.'),
    context: z.string(),
    port: guess(z.int().nullable()),
    probe: guess(z.string().nullable()),
    gpu: guess(z.boolean()),
    memoryMiB: guess(z.int().nullable()),
    settings: settingsPatch.describe('What to make the service with, so that the guesses apply.'),
    problems: z
      .array(z.object({ message: z.string(), hint: z.string() }))
      .describe('Why it cannot be deployed as it is.'),
  })
  .meta({ id: 'DeployPlan' });
export type DeployPlan = z.infer<typeof deployPlan>;

export const repositoryPlan = z
  .object({
    branch: z.string(),
    branches: z.array(z.string()).describe('Those there are, as far as the git host tells.'),
    commit: commit.nullable().describe('Null: nothing was pushed to the branch yet.'),
    plan: deployPlan.nullable(),
  })
  .meta({ id: 'RepositoryPlan' });
export type RepositoryPlan = z.infer<typeof repositoryPlan>;

export const example = z
  .object({ slug: z.string(), title: z.string(), about: z.string(), plan: deployPlan })
  .meta({ id: 'Example' });
export type Example = z.infer<typeof example>;

export const commitCreate = z.strictObject({ example: slug.describe('Its files become the first commit.') });
export const commitCreated = z.object({ sha: z.string(), branch: z.string() }).meta({ id: 'CommitCreated' });
