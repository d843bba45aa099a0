import { z } from 'zod';

/** Pieces that the schemas of all nouns are made of. */

export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and inner dashes, 1 to 40 characters')
  .describe('A DNS label: lower-case letters, digits and inner dashes, at most 40 characters.');

/** A line of text that people read: no control characters. */
export const label = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'no control characters');

/** An id, or slugs joined by `/`. What it names is looked up; a stranger's looks like a missing one. */
export const reference = (what: string) =>
  z.string().min(1).max(200).describe(`Id of ${what}, or its slugs joined by “/” (in a path: “%2F”).`);

export const timestamp = z.iso.datetime();
export const commitSha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, '40 or 64 lower-case hex digits');
export const imageDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/, '`sha256:` and 64 hex digits');
/** POSIX names of environment variables. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'letters, digits and _, not beginning with a digit');

/** A whole number in a query: text there, a number for callers of the typed client. */
export const wholeNumber = (min: number, max: number) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,15}$/, 'a whole number')
        .transform(Number),
    ])
    .pipe(z.int().min(min).max(max))
    .meta({ openapi: { type: 'integer', minimum: min, maximum: max } });

export const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
  .meta({ openapi: { type: 'boolean' } });

/** `a,b` in a query; a list for callers of the typed client. */
export const listOf = <Item extends string>(items: readonly [Item, ...Item[]]) =>
  z
    .union([
      z.array(z.string()),
      z
        .string()
        .max(200)
        .transform((text) => text.split(',')),
    ])
    .pipe(z.array(z.enum(items)).min(1).max(items.length))
    .meta({ openapi: { type: 'array', items: { type: 'string', enum: items } } });

/** `30s`, `2m`, at most five minutes; read as milliseconds. */
export const wait = z
  .string()
  .regex(/^(?:[1-9]\d{0,2}s|[1-5]m)$/, 'seconds or minutes: 30s, 2m')
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith('m') ? 60_000 : 1_000))
  .pipe(z.int().max(300_000, 'at most five minutes'))
  .meta({ openapi: { type: 'string', pattern: '^(?:[1-9]\\d{0,2}s|[1-5]m)$', examples: ['30s'] } });

/** Where a list goes on; signed. */
export const page = z.object({
  next: z.string().nullable().describe('Pass it as `cursor` for what follows; null at the end.'),
});

export const listOfItems = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item), page });

export const pageQuery = {
  limit: wholeNumber(1, 200).optional().describe('Default 50.'),
  cursor: z.string().min(1).max(500).optional(),
  order: z.enum(['newest', 'oldest']).optional().describe('Default newest.'),
};

export const dryRun = { dryRun: flag.optional().describe('Answer what it would do, and do nothing.') };

/** What a DELETE took away (or, dry, would). */
export const deleted = z
  .object({
    id: z.string(),
    also: z.record(z.string(), z.int()).describe('How many of what went with it.'),
  })
  .meta({ id: 'Deleted' });

const names = (about: string) => z.array(z.string()).describe(about);

/** The same of a place with services in it: by name, what is lost for good and what stays. */
export const deletedPlace = deleted
  .extend({
    removes: z.object({
      services: names('`project/environment/service`'),
      volumes: names('With the data in them: `project/environment/name`.'),
      hosts: names('Host names that answer no more.'),
    }),
    keeps: z.object({ volumes: names('They belong to the environment and stay with it.') }),
  })
  .meta({ id: 'DeletedPlace' });

/** Said on purpose: data in volumes is lost for good. */
export const volumesToo = {
  volumes: z.enum(['delete']).optional().describe('Needed when there are volumes: the data in them is lost for good.'),
};

/** Short forms by which nouns name each other. */
export const projectName = z.object({ id: z.string(), slug: z.string() });
export const environmentName = z.object({ id: z.string(), slug: z.string() });
export const serviceName = z.object({ id: z.string(), path: z.string().describe('`project/environment/service`') });
export const releaseName = z.object({ id: z.string(), number: z.int(), name: z.string().describe('`r12`') });
export const repositoryName = z.object({ id: z.string(), slug: z.string(), fullName: z.string() });

export const commit = z.object({
  sha: z.string(),
  message: z.string(),
  author: z.string(),
  ref: z.string().nullable(),
});
