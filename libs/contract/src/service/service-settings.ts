import { z } from 'zod';
import { slug } from '../shape/field.ts';
import { sidecar, sidecarPatch } from './sidecar.ts';

const ms = (min: number, max: number) => z.int().min(min).max(max);
const hour = 3_600_000;

const path = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^\/[\x21-\x7e]*$/, 'begins with / and has no blanks');
const relativePath = z
  .string()
  .min(1)
  .max(500)
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\p{Cc}\\]+$/u, 'a path inside the repository, without ..');

/** What may be set to nothing, also where `sconce.yaml` names something: `none` is a value, null takes the setting back. */
const orNone = <T extends z.ZodType>(schema: T, about: string) => z.union([schema, z.literal('none')]).describe(about);

/** Fields of the settings and their limits; units are in the names. */
export const settingFields = {
  port: z.int().min(1).max(65535),
  probe: {
    path: orNone(path, 'Answered 200-399 means well; with `none`, an accepted connection does.'),
    startupTimeoutMs: ms(1_000, 2 * hour).describe('How long a replica may take to become ready the first time.'),
    periodMs: ms(100, 300_000),
    timeoutMs: ms(50, 300_000),
    failureThreshold: z.int().min(1).max(100),
  },
  resources: {
    cpuMilli: orNone(z.int().min(10).max(1_024_000), '`none`: no limit.'),
    memoryMiB: orNone(
      z
        .int()
        .min(6)
        .max(64 * 1024 * 1024),
      '`none`: no limit.',
    ),
    gpu: orNone(
      z.strictObject({
        product: z
          .string()
          .min(1)
          .max(60)
          .regex(/^[\w. -]+$/)
          .nullable()
          .describe('`L4`, `H100`; null: any.'),
        count: z.int().min(1).max(64),
        memoryMiB: z
          .int()
          .min(1)
          .max(4 * 1024 * 1024)
          .nullable()
          .describe('Each at least.'),
      }),
      '`none`: no GPU, also where sconce.yaml asks for one.',
    ),
  },
  scaling: {
    min: z.int().min(0).max(100),
    max: z.int().min(1).max(100),
    concurrency: orNone(z.int().min(1).max(100_000), 'Requests one replica handles at once; `none`: no limit.'),
    idleMs: ms(1_000, 7 * 24 * hour),
  },
  drainTimeoutMs: ms(0, 2 * hour).describe(
    'The longest request: how long a draining replica may finish what it has begun.',
  ),
  watchMs: ms(0, 24 * hour).describe('How long a live release is watched; failing inside it takes the release back.'),
  command: orNone(
    z
      .array(
        z
          .string()
          .max(4_000)
          .regex(/^[^\0]*$/),
      )
      .min(1)
      .max(100),
    'Replaces the image’s command; `none`: the image’s own.',
  ),
  volumes: z
    .array(
      z.strictObject({
        name: slug,
        path,
        sizeMiB: z
          .int()
          .min(1)
          .max(1024 * 1024 * 1024)
          .nullable()
          .default(null),
      }),
    )
    .max(20)
    .refine((volumes) => new Set(volumes.map((volume) => volume.name)).size === volumes.length, 'each name once'),
  sidecars: z
    .array(sidecarPatch)
    .max(8)
    .refine((sidecars) => new Set(sidecars.map(({ name }) => name)).size === sidecars.length, 'each name once')
    .describe('Processes beside the main one in each replica, in the order in which they start.'),
};

const clearable = <T extends z.ZodType>(schema: T) => schema.nullable().optional();
const clearableFields = <S extends Record<string, z.ZodType>>(shape: S) =>
  z.strictObject(
    Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, clearable(schema)])) as {
      [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>>;
    },
  );

/** JSON Merge Patch over what people set: absent leaves a field, null clears it (the file's or the default then shows). */
export const settingsPatch = z
  .strictObject({
    port: clearable(settingFields.port),
    probe: clearable(clearableFields(settingFields.probe)),
    resources: clearable(clearableFields(settingFields.resources)),
    scaling: clearable(
      clearableFields(settingFields.scaling).refine(
        (scaling) => scaling.min == null || scaling.max == null || scaling.min <= scaling.max,
        { path: ['max'], message: 'at least as many as `min`' },
      ),
    ),
    drainTimeoutMs: clearable(settingFields.drainTimeoutMs),
    watchMs: clearable(settingFields.watchMs),
    command: clearable(settingFields.command),
    volumes: clearable(settingFields.volumes),
    sidecars: clearable(settingFields.sidecars),
  })
  .meta({ id: 'SettingsPatch' });

export const buildSettingsPatch = z
  .strictObject({
    dockerfile: clearable(relativePath),
    context: clearable(relativePath),
    watch: clearable(
      z
        .array(z.string().min(1).max(300))
        .max(100)
        .describe('Globs, `!` takes away; a push that touches none of them builds nothing.'),
    ),
    args: clearable(z.record(z.string().regex(/^[A-Za-z_]\w{0,127}$/), z.string().max(8_000))),
    secrets: clearable(
      z
        .array(z.string().regex(/^[\w.-]{1,128}$/))
        .max(50)
        .describe('Mounted at /run/secrets/<name> while building.'),
    ),
  })
  .meta({ id: 'BuildSettingsPatch' });

const nullable = <T extends z.ZodType>(schema: T) => schema.nullable();
const gpu = z.object({ product: z.string().nullable(), count: z.int(), memoryMiB: z.int().nullable() });

/** All settings, as they apply. */
export const settings = z
  .object({
    port: nullable(z.int()),
    probe: z.object({
      path: nullable(z.string()),
      startupTimeoutMs: z.int(),
      periodMs: z.int(),
      timeoutMs: z.int(),
      failureThreshold: z.int(),
    }),
    resources: z.object({ cpuMilli: nullable(z.int()), memoryMiB: nullable(z.int()), gpu: nullable(gpu) }),
    scaling: z.object({ min: z.int(), max: z.int(), concurrency: nullable(z.int()), idleMs: z.int() }),
    drainTimeoutMs: z.int(),
    watchMs: z.int(),
    command: nullable(z.array(z.string())),
    volumes: z.array(z.object({ name: z.string(), path: z.string(), sizeMiB: nullable(z.int()) })),
    sidecars: z.array(sidecar),
  })
  .meta({ id: 'Settings' });
export type Settings = z.infer<typeof settings>;

export const buildSettings = z
  .object({
    dockerfile: z.string(),
    context: z.string(),
    watch: z.array(z.string()),
    args: z.record(z.string(), z.string()),
    secrets: z.array(z.string()),
  })
  .meta({ id: 'BuildSettings' });
