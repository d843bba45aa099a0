import { z } from 'zod';
import { flag, listOf, pageQuery, releaseName, timestamp, wholeNumber } from '../shape/field.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

export const logLine = z
  .object({
    line: z.int().describe('Position in its stream, from 1, without gaps; the id to resume from.'),
    at: timestamp,
    stream: z.enum(['stdout', 'stderr', 'system']),
    level: z.enum(logLevels).nullable(),
    text: z.string(),
    replica: z.string().optional(),
    release: releaseName.optional().describe('Whose replica said it; a later release may run on the same one.'),
  })
  .meta({ id: 'LogLine' });
export type LogLine = z.infer<typeof logLine>;

export const logHistoryQuery = {
  ...pageQuery,
  limit: wholeNumber(1, 1_000)
    .optional()
    .describe('Default 100. A page can hold fewer lines and still have a next one.'),
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Only lines after this one. A stream starts there; Last-Event-ID wins over it.'),
  tail: wholeNumber(0, 10_000)
    .optional()
    .describe('A stream begins with the last so many lines. Default: all of a build’s, 100 of a service’s.'),
  text: z.string().min(1).max(200).optional().describe('Lines that contain it, whatever the case.'),
  level: listOf(logLevels).optional(),
};

export const logFilterQuery = {
  replica: z.string().min(1).max(100).optional(),
  release: z.string().min(1).max(100).optional().describe('Id of a release, or `r12`.'),
};

export const event = z
  .object({
    id: z.string(),
    cursor: z.string().describe('Where to resume: pass it as `after` or Last-Event-ID.'),
    type: z.string().describe('`build.succeeded`: noun, dot, past tense.'),
    project: z.string().nullable(),
    environment: z.string().nullable(),
    service: z.string().nullable(),
    subject: z.string().describe('Id of what it happened to.'),
    actor: z.string().nullable(),
    actorName: z.string().nullable().describe('Of the person or token; null where `actor` is all there is.'),
    data: z.record(z.string(), z.unknown()),
    at: timestamp,
  })
  .meta({ id: 'Event' });
export type Event = z.infer<typeof event>;

export const eventQuery = {
  ...pageQuery,
  type: z
    .string()
    .min(1)
    .max(60)
    .regex(/^[a-z_]+(?:\.[a-z_]+)?$/, '`build.succeeded`, or `build` for all of its kind')
    .optional(),
  subject: z.string().min(1).max(60).optional(),
  actor: z.string().min(1).max(100).optional().describe('Who did it: `usr_...`, `tok_...`, `github:octocat`.'),
  after: z
    .string()
    .max(60)
    .regex(/^\d{1,20}\.\d{1,19}$/, 'a cursor of an event')
    .optional()
    .describe('A stream starts after it; Last-Event-ID wins over it. Default: now.'),
  measured: flag
    .optional()
    .describe(
      'A stream also tells every ten seconds how each service did, as `service.measured`, and one of all events what was used of each cluster, as `cluster.measured`. These are not kept, and stand in no history.',
    ),
};

export const auditEvent = z
  .object({
    id: z.string(),
    cursor: z
      .string()
      .nullable()
      .describe('Where a stream of events that tells of the audit log resumes; null: older than such streams.'),
    at: timestamp,
    action: z.string().describe('The endpoint’s name.'),
    target: z.string().nullable(),
    status: z.int(),
    code: z.string().nullable(),
    user: z.string().nullable(),
    userName: z.string().nullable(),
    token: z.string().nullable(),
    tokenName: z.string().nullable(),
    project: z.string().nullable(),
    address: z.string().nullable().describe('Where the request came from.'),
    requestId: z.string(),
    data: z
      .record(z.string(), z.unknown())
      .describe('What was asked for beyond the target: of a command in a replica `replica`, `container`, `command`.'),
  })
  .meta({ id: 'AuditEvent' });
export type AuditEvent = z.infer<typeof auditEvent>;
