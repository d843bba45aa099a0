import {
  checkConfigurationName,
  checkConfigurationValue,
  isGlob,
  isPublishedImage,
  isSlug,
  parseCpuMilli,
  parseDurationMs,
  parseGpu,
  parseSizeMiB,
} from '@sconce/core';
import { z } from 'zod';

/**
 * Every scalar arrives as the text that stands in the file, so `env: { VERSION: 1.10 }` stays `1.10` and `no` is no boolean; numbers are
 * read here. Limits are those of the API's settings.
 */

const hour = 3_600_000;
/** YAML's escapes can write what no database and no process takes. */
const text = z
  .string({ error: 'expected a text' })
  .refine((given) => !given.includes('\0') && given.isWellFormed(), 'holds a NUL or half a character');

/** A text read by `read`, which answers undefined for what it does not understand. */
function readAs<T>(read: (given: string) => T | undefined, expected: string) {
  return text.transform((given, context): T => {
    const value = read(given);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `expected ${expected}, not "${given.slice(0, 60)}"` });
    return z.NEVER;
  });
}

function within(value: number | null, min: number, max: number): number | undefined {
  return value !== null && value >= min && value <= max ? value : undefined;
}

export function whole(min: number, max: number) {
  const read = (given: string) => within(/^\d{1,12}$/.test(given) ? Number(given) : null, min, max);
  return readAs(read, `a whole number from ${min} to ${max}`);
}

export function duration(minMs: number, maxMs: number) {
  return readAs(
    (given) => within(parseDurationMs(given), minMs, maxMs),
    `a time like 30s, 5m or 1h30m, from ${say(minMs)} to ${say(maxMs)}`,
  );
}

function say(ms: number): string {
  if (ms >= hour) return `${ms / hour}h`;
  return ms >= 1_000 ? `${ms / 1_000}s` : `${ms}ms`;
}

export function orNone<T extends z.ZodType>(schema: T) {
  return z.union([readAs((given) => (given === 'none' ? null : undefined), '`none`'), schema], {
    // The second one says more than "neither".
    error: (issue) => (issue.code === 'invalid_union' ? issue.errors.at(-1)?.[0]?.message : undefined),
  });
}

export const sizeMiB = readAs((given) => within(parseSizeMiB(given), 1, 2 ** 30), 'a size like 512Mi or 2Gi');
export const cpuMilli = readAs((given) => within(parseCpuMilli(given), 10, 1_024_000), 'cores like 1, 0.5 or 250m');
export const port = whole(1, 65_535);

const gpuWords = 'a GPU like L4, H100:2, 24GB, [L4, T4] or none';
export const gpu = z.union([text, z.array(text)], { error: `expected ${gpuWords}` }).transform((given, context) => {
  const request = parseGpu(given);
  if (request !== undefined) return request;
  context.addIssue({ code: 'custom', message: `expected ${gpuWords}` });
  return z.NEVER;
});

export const absolutePath = readAs(
  (given) => (/^\/[\x21-\x7e]{0,1023}$/.test(given) ? given : undefined),
  'a path that begins with / and has no blanks',
);
export const pathInRepository = readAs(
  (given) => (isInside(given) ? given : undefined),
  'a path inside the repository, relative to its root, without ..',
);

function isInside(path: string): boolean {
  const isPlain = path.length > 0 && path.length <= 500 && !/[\p{Cc}\\]/u.test(path);
  return isPlain && !path.startsWith('/') && !path.split('/').includes('..');
}

export const slug = readAs(
  (given) => (isSlug(given) ? given : undefined),
  'a name of lower-case letters, digits and -, at most 40 characters',
);
export const globs = z
  .array(
    readAs((given) => (isGlob(given) ? given : undefined), 'a glob like src/** or !docs/**'),
    { error: 'expected a list' },
  )
  .min(1, 'expected at least one glob')
  .max(100);
export const command = z
  .array(text.max(4_000), { error: 'expected a list like ["python", "serve.py"]' })
  .min(1)
  .max(100);
export const buildSecretNames = z
  .array(
    readAs((given) => (/^[\w.-]{1,128}$/.test(given) ? given : undefined), 'the name of a secret'),
    { error: 'expected a list' },
  )
  .max(50);
export const imageReference = readAs(
  (given) => (isPublishedImage(given) ? given : undefined),
  'an image like redis:7 or registry.example/team/cache@sha256:...',
);
export const yesOrNo = readAs(
  (given) => (given === 'true' || given === 'false' ? given === 'true' : undefined),
  'true or false',
);
export const groupSlugs = z.array(slug, { error: 'expected a list of secret groups' }).max(50);

/** Names to plain values. */
export const environmentVariables = z
  .record(z.string(), text, { error: 'expected names and values' })
  .superRefine((values, context) => {
    for (const [name, value] of Object.entries(values)) {
      const mistake = checkConfigurationName(name) ?? checkConfigurationValue(name, value);
      if (mistake) context.addIssue({ code: 'custom', path: [name.slice(0, 60)], message: mistake.message });
    }
  });
export const buildArguments = z
  .record(z.string(), text.max(8_000), { error: 'expected names and values' })
  .superRefine((values, context) => {
    for (const name of Object.keys(values)) {
      if (/^[A-Za-z_]\w{0,127}$/.test(name)) continue;
      context.addIssue({ code: 'custom', path: [name.slice(0, 60)], message: 'is not a name for a build argument' });
    }
  });
