import { z } from 'zod';
import * as field from './service-file-fields.ts';

const hour = 3_600_000;

const build = z.strictObject({
  dockerfile: field.pathInRepository.optional(),
  context: field.pathInRepository.optional(),
  watch: field.globs.optional(),
  args: field.buildArguments.optional(),
  secrets: field.buildSecretNames.optional(),
});

const probe = z.strictObject({
  path: field.absolutePath.optional(),
  startupTimeout: field.duration(1_000, 2 * hour).optional(),
  period: field.duration(100, 300_000).optional(),
  timeout: field.duration(50, 300_000).optional(),
  failures: field.whole(1, 100).optional(),
});

const resources = z.strictObject({
  cpu: field.orNone(field.cpuMilli).optional(),
  memory: field.orNone(field.sizeMiB).optional(),
  gpu: field.gpu.optional(),
});

const scaling = z
  .strictObject({
    min: field.whole(0, 100).optional(),
    max: field.whole(1, 100).optional(),
    concurrency: field.orNone(field.whole(1, 100_000)).optional(),
    idle: field.duration(1_000, 168 * hour).optional(),
  })
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
    path: ['max'],
    message: 'is below min',
  });

const volumes = z
  .array(z.strictObject({ name: field.slug, path: field.absolutePath, size: field.sizeMiB.optional() }), {
    error: 'expected a list like [{ name: cache, path: /models, size: 20Gi }]',
  })
  .max(20)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'names a volume twice');

const sidecars = z
  .array(
    z.strictObject({
      name: field.slug.refine((name) => name !== 'main', '`main` is the service itself'),
      image: field.imageReference,
      command: field.command.optional(),
      env: field.environmentVariables.optional(),
      sharesVariables: field.yesOrNo.optional(),
      cpu: field.orNone(field.cpuMilli).optional(),
      memory: field.orNone(field.sizeMiB).optional(),
    }),
    { error: 'expected a list like [{ name: cache, image: redis:7 }]' },
  )
  .max(8)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'names a sidecar twice');

/** One service as the file writes it; units and `none` are read, names are still the file's. */
export const fileService = z.strictObject(
  {
    build: build.optional(),
    port: field.port.optional(),
    probe: probe.optional(),
    resources: resources.optional(),
    scaling: scaling.optional(),
    env: field.environmentVariables.optional(),
    secrets: field.groupSlugs.optional(),
    volumes: volumes.optional(),
    sidecars: sidecars.optional(),
    command: field.command.optional(),
    drainTimeout: field.duration(0, 2 * hour).optional(),
    watchFor: field.duration(0, 24 * hour).optional(),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'expected settings, `{}` for none' : undefined) },
);
export type FileService = z.infer<typeof fileService>;

const expectedServices = 'expected services by name';

export const serviceFileSchema = z
  .strictObject(
    {
      services: named(fileService, expectedServices).refine(
        (services) => Object.keys(services).length > 0,
        expectedServices,
      ),
      environments: named(named(fileService, expectedServices), 'expected environments by name').optional(),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'expected `services:`' : undefined) },
  )
  .superRefine((file, context) => {
    for (const [environment, overlays] of Object.entries(file.environments ?? {})) {
      for (const service of Object.keys(overlays)) {
        if (Object.hasOwn(file.services, service)) continue;
        const message = 'is not among `services`';
        context.addIssue({ code: 'custom', path: ['environments', environment, service], message });
      }
    }
  });

const maxNames = 50;

function named<T extends z.ZodType>(value: T, expected: string) {
  return z.record(z.string(), value, { error: expected }).superRefine((given, context) => {
    const names = Object.keys(given);
    if (names.length > maxNames) context.addIssue({ code: 'custom', message: `has more than ${maxNames} entries` });
    for (const name of names) {
      const checked = field.slug.safeParse(name);
      if (!checked.success)
        context.addIssue({
          code: 'custom',
          path: [name.slice(0, 60)],
          message: checked.error.issues[0]?.message ?? '',
        });
    }
  });
}
