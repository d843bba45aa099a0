import { z } from 'zod';
import { build } from '../build/build.ts';
import { logLine } from '../log/log.ts';
import { settings } from '../service/service-settings.ts';
import { sidecar } from '../service/sidecar.ts';
import { commit, commitSha, imageDigest, releaseName, serviceName, timestamp } from '../shape/field.ts';

const frozenValue = z.object({
  name: z.string(),
  version: z.int(),
  fingerprint: z.string().describe('Equal values show equal; nothing else is learned.'),
});

const difference = z.object({
  name: z.string().describe('What it is within its group: a variable’s name, a field of the probe.'),
  change: z.enum(['added', 'removed', 'changed']),
  from: z.string().nullable(),
  to: z.string().nullable(),
});

const packageKind = z.enum(['python', 'debian', 'alpine', 'rpm']);

const packageComparison = z.object({
  groups: z
    .array(
      z.object({
        kind: packageKind,
        added: z.int(),
        removed: z.int(),
        changed: z.int(),
        differences: z.array(difference).describe('`from` and `to` are versions; several have commas between.'),
      }),
    )
    .describe('Only kinds that differ, of those that are known on both sides.'),
  unknown: z
    .array(
      z.object({
        release: z.string().describe('`r12`'),
        kind: packageKind.nullable().describe('Null: all packages.'),
        reason: z.string().describe('`not_read_yet`: look again in a while.'),
        message: z.string(),
      }),
    )
    .describe('What is not compared, since it is not known of one of the two.'),
});

const comparison = z.object({
  release: releaseName.describe('What it is compared with: `from` is that one, `to` is this one.'),
  same: z.boolean(),
  summary: z.string().describe('One line: `same image; 2 variables changed`.'),
  groups: z
    .array(z.object({ group: z.string(), differences: z.array(difference) }))
    .describe('Only groups that differ.'),
  packages: packageComparison.describe('What is installed in the images.'),
});

export const release = z
  .object({
    id: z.string(),
    service: serviceName,
    number: z.int(),
    name: z.string().describe('`r12`'),
    build: z.string().nullable(),
    commit: commit.nullable(),
    image: z.object({
      digest: z.string(),
      collected: z.boolean().describe('True: it has to be built again before it can run.'),
    }),
    cause: z.string(),
    spec: settings.omit({ port: true, sidecars: true }).extend({
      port: z.int(),
      sidecars: z.array(sidecar).optional().describe('Absent: none.'),
      variables: z.array(frozenValue),
      secrets: z.array(frozenValue),
    }),
    live: z.boolean(),
    desired: z.boolean(),
    createdBy: z.string().nullable(),
    createdAt: timestamp,
    liveAt: timestamp.nullable().describe('First time it was live.'),
    retiredAt: timestamp.nullable(),
    compared: comparison.optional().describe('With `?compare=`.'),
  })
  .meta({ id: 'Release' });
export type Release = z.infer<typeof release>;

export const placementForecast = z
  .object({
    verdict: z
      .enum(['side_by_side', 'hand_over', 'refused'])
      .describe('`refused`: it would be aborted before anything is stopped.'),
    gpus: z
      .object({ needed: z.int(), free: z.int() })
      .nullable()
      .describe('Of those that fit; null: it asks for none, or its replicas run already.'),
    holdMs: z
      .number()
      .nullable()
      .describe('For how long requests would wait, as at hand-overs before; null: not at all, or not known.'),
    message: z.string(),
  })
  .meta({ id: 'PlacementForecast' });
export type PlacementForecast = z.infer<typeof placementForecast>;

export const rollout = z
  .object({
    id: z.string(),
    service: serviceName,
    release: releaseName,
    from: releaseName.nullable().describe('What was live before, to go back to.'),
    generation: z.int(),
    cause: z.string(),
    phase: z.enum([
      'pending',
      'preparing',
      'shifting',
      'draining',
      'complete',
      'paused',
      'aborting',
      'aborted',
      'superseded',
    ]),
    strategy: z
      .enum(['side_by_side', 'hand_over'])
      .nullable()
      .describe(
        '`hand_over`: what it needs is held by the release before, so requests wait while that ends and this one starts. Null: not planned yet.',
      ),
    paused: z.boolean(),
    reason: z.string().nullable(),
    message: z.string().nullable(),
    hint: z.string().nullable(),
    lastLines: z.array(logLine.partial()).describe('Last log lines of the replica that failed.'),
    createdBy: z.string().nullable(),
    createdAt: timestamp,
    preparedAt: timestamp.nullable(),
    shiftedAt: timestamp.nullable(),
    liveAt: timestamp.nullable(),
    endedAt: timestamp.nullable(),
    watchUntil: timestamp.nullable(),
    forecast: placementForecast
      .nullable()
      .optional()
      .describe(
        'Of a dry run alone: how it would get its place, from what was last heard of the cluster; null: nothing was.',
      ),
  })
  .meta({ id: 'Rollout' });
export type Rollout = z.infer<typeof rollout>;

/** What a deploy made: a release and its rollout, or first a build. */
export const deployment = z
  .object({ release: release.nullable(), rollout: rollout.nullable(), build: build.nullable() })
  .meta({ id: 'Deployment' });
export type Deployment = z.infer<typeof deployment>;

export const releaseCreate = z
  .strictObject({
    build: z.string().min(1).max(60).optional().describe('A build that succeeded.'),
    image: imageDigest.optional().describe('An image that a build of this service made.'),
    commit: commitSha.optional().describe('Its image when there is one; else it is built first.'),
  })
  .refine(
    (body) => [body.build, body.image, body.commit].filter((value) => value !== undefined).length <= 1,
    'name one of build, image and commit, or none for the current image with the current settings',
  );

export const rollbackCreate = z.strictObject({
  release: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Id of an earlier release, or `r12`. Default: the one that was live before.'),
});

export const rolloutUpdate = z.strictObject({ paused: z.boolean() });
