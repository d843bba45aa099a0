import { z } from 'zod';
import { label, timestamp } from '../shape/field.ts';
import { callMethods } from './call-head.ts';

/** Of the service, with its query; percent-encoded as it goes over the wire. `#` and `\` mean other things to other readers, and are refused. */
export const callPath = z
  .string()
  .min(1)
  .max(4_000)
  .regex(/^\/(?!\.sconce(?:\/|$))[\x21\x22\x24-\x5b\x5d-\x7e]*$/, 'begins with /, percent-encoded, without # and \\')
  .describe('Path and query as the service sees them: `/predict?top=3`.');

export const callPlan = z
  .object({ method: z.enum(callMethods), url: z.string().describe('What the gateway would be asked.') })
  .meta({ id: 'CallPlan' });

/** Subprotocols to offer the service. Browsers refuse a connection whose server takes none of theirs, so they stand here instead. */
export const socketProtocols = z
  .string()
  .max(300)
  .regex(/^[!#$%&'*+.^_`|~\w-]+(?:,[!#$%&'*+.^_`|~\w-]+)*$/, 'names with commas between: `chat,v2.chat`')
  .refine((text) => new Set(text.split(',')).size === text.split(',').length, 'each name once');

export const socketPlan = z
  .object({ url: z.string().describe('What the gateway would be asked.') })
  .meta({ id: 'SocketPlan' });

export const callHeaders = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'a header’s name'),
    z
      .string()
      .max(4_000)
      .regex(/^[\x20-\x7e]*$/, 'printable ASCII, without line breaks'),
  )
  .refine((headers) => Object.keys(headers).length <= 20, 'at most 20 headers');

const mediaType = z
  .string()
  .max(200)
  .regex(/^[\w.+-]+\/[\w.+-]+(?:\s*;[\x20-\x7e]*)?$/, '`image/jpeg`, `application/json`');
const keptFile = {
  name: label(200),
  type: mediaType,
  base64: z
    .base64()
    .max(700_000)
    .nullable()
    .describe('At most 512 KiB of file. Null: not kept, whoever calls chooses one.'),
};

/** What an example sends. */
export const exampleBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('text'), type: mediaType, text: z.string().max(500_000) }),
  z.strictObject({
    kind: z.literal('file'),
    field: label(100).nullable().describe('Of a form; null: the file is the body.'),
    ...keptFile,
  }),
]);

export const callExamplePut = z.strictObject({ method: z.enum(callMethods), path: callPath, body: exampleBody });

export const callExample = z
  .object({
    name: z.string(),
    method: z.enum(callMethods),
    path: z.string(),
    body: exampleBody,
    updatedBy: z.string().nullable(),
    updatedAt: timestamp,
  })
  .meta({ id: 'CallExample' });
export type CallExample = z.infer<typeof callExample>;

/** The list leaves files out: an example is read whole when it is used. */
export const callExampleSummary = callExample
  .omit({ body: true })
  .extend({ sends: z.string().nullable().describe('The file’s name, or the type of its text.') })
  .meta({ id: 'CallExampleSummary' });
export type CallExampleSummary = z.infer<typeof callExampleSummary>;
