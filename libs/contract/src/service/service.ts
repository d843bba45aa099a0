import { z } from 'zod';
import { replicaUsage } from '../metric/metric.ts';
import {
  commit,
  environmentName,
  label,
  projectName,
  reference,
  releaseName,
  repositoryName,
  serviceName,
  slug,
  timestamp,
} from '../shape/field.ts';
import { buildSettings, buildSettingsPatch, settings, settingsPatch } from './service-settings.ts';

/** Why something is not as it should be, and what a person can do about it. */
const waiting = z.object({
  reason: z.string().describe('Machine code.'),
  message: z.string(),
  hint: z.string().nullable().describe('What to do next.'),
  since: timestamp,
});

const shownRelease = z.object({ release: releaseName, commit: commit.nullable(), since: timestamp });

export const service = z
  .object({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    path: z.string().describe('`project/environment/service`'),
    project: projectName,
    environment: environmentName,
    repository: repositoryName.nullable(),
    state: z
      .enum(['empty', 'building', 'deploying', 'live', 'degraded', 'down'])
      .describe(
        'empty: nothing was deployed yet; degraded: live with fewer replicas than it should have; down: live release without a ready replica.',
      ),
    live: shownRelease.nullable().describe('What answers requests now, and since when.'),
    desired: shownRelease.nullable().describe('What should; equal to `live` when things are settled.'),
    waiting: waiting.nullable().describe('Why `desired` is not `live`, or why nothing is.'),
    rollout: z
      .object({ id: z.string(), phase: z.string(), cause: z.string(), release: releaseName, since: timestamp })
      .nullable()
      .describe('The one under way.'),
    build: z
      .object({
        id: z.string(),
        phase: z.string(),
        commit,
        reason: z.string().nullable(),
        message: z.string().nullable(),
        since: timestamp,
      })
      .nullable()
      .describe('The newest one.'),
    replicas: z.object({ ready: z.int(), total: z.int(), wanted: z.int(), observedAt: timestamp.nullable() }),
    autoDeploy: z.boolean().describe('False: pushes build and do not deploy.'),
    pinned: z.object({ since: timestamp, reason: z.string().nullable() }).nullable(),
    urls: z.object({ host: z.string(), path: z.string() }).describe('Where the gateway answers for it.'),
    settings: z.record(z.string(), z.unknown()).describe('What people set: a layer above the file’s.'),
    fileSettings: z
      .record(z.string(), z.unknown())
      .describe('What `sconce.yaml` said at the commit last deployed: the layer below.'),
    effectiveSettings: settings,
    buildSettings: z.record(z.string(), z.unknown()).describe('How it is built, as people set it.'),
    fileBuildSettings: z.record(z.string(), z.unknown()).describe('The same, as `sconce.yaml` said it.'),
    effectiveBuildSettings: buildSettings,
    secretGroups: z.array(z.string()).describe('Slugs of those attached by people.'),
    version: z.int(),
    createdAt: timestamp,
  })
  .meta({ id: 'Service' });
export type Service = z.infer<typeof service>;

const secretGroups = z.array(slug).max(50).describe('Slugs of secret groups of its environment.');

export const serviceCreate = z.strictObject({
  slug,
  name: label(100).optional(),
  repository: reference('a repository of the same project').nullable().optional(),
  settings: settingsPatch.optional(),
  build: buildSettingsPatch.optional(),
  secretGroups: secretGroups.optional(),
});
export const servicePut = serviceCreate.omit({ slug: true });
export const serviceUpdate = z.strictObject({
  name: label(100).optional(),
  repository: reference('a repository of the same project').nullable().optional(),
  settings: settingsPatch.nullable().optional(),
  build: buildSettingsPatch.nullable().optional(),
  secretGroups: secretGroups.nullable().optional(),
  autoDeploy: z.boolean().optional().describe('False pins the live release; true deploys pushes again.'),
});

export const replica = z
  .object({
    id: z.string(),
    name: z.string(),
    release: releaseName,
    health: z.string().describe('starting, ready, unready, exited or stopping'),
    reason: z
      .string()
      .nullable()
      .describe(
        'Why it is not ready. node_leaving: it is, and its node is to go; node_lost: it is gone with its node, and nobody can say that it ended.',
      ),
    message: z.string().nullable(),
    node: z.string(),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    restarts: z.int(),
    exitCode: z.int().nullable(),
    outOfMemory: z.boolean(),
    gpus: z.array(z.string()),
    usage: replicaUsage.nullable().describe('Over the last ten seconds; null: it was not measured yet.'),
    observedAt: timestamp,
  })
  .meta({ id: 'Replica' });
export type Replica = z.infer<typeof replica>;

export const serviceReference = serviceName;
