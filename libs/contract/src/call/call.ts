import { z } from 'zod';
import { label, timestamp } from '../shape/field.ts';
import { callMethods, formTypes } from './call-head.ts';

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
  name: label(200).regex(/^[^\p{Cs}]*$/u, 'whole characters'),
  type: mediaType,
  base64: z
    .base64()
    .max(700_000)
    .nullable()
    .describe('At most 512 KiB of file. Null: not kept, whoever calls chooses one.'),
};

const keptText = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\0\p{Cs}]*$/u, 'text of whole characters, without NUL');
const fieldName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'whole characters, none of them a control character');

/** Of a form. Of a file that is null, whoever calls chooses one. */
const keptField = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), name: fieldName, text: keptText(100_000) }),
  z.strictObject({ kind: z.literal('file'), name: fieldName, file: z.strictObject(keptFile).nullable() }),
]);
type KeptField = z.infer<typeof keptField>;

/** More in one form belongs into a file. */
const mostFormCharacters = 800_000;
const weightOf = (field: KeptField) => (field.kind === 'text' ? field.text : (field.file?.base64 ?? '')).length;

/** What an example sends. A file in a form field is written as a form; those that were kept before forms had several fields stay readable. */
export const exampleBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('text'), type: mediaType, text: keptText(500_000) }),
  z.strictObject({
    kind: z.literal('file'),
    field: label(100).nullable().describe('Of a form; null: the file is the body.'),
    ...keptFile,
  }),
  z
    .strictObject({ kind: z.literal('form'), type: z.enum(formTypes), fields: z.array(keptField).min(1).max(50) })
    .refine(({ fields }) => fields.reduce((sum, one) => sum + weightOf(one), 0) <= mostFormCharacters, {
      path: ['fields'],
      message: 'at most 800000 characters of texts and files together',
    })
    .refine(({ type, fields }) => type === formTypes[0] || fields.every(({ kind }) => kind === 'text'), {
      path: ['type'],
      message: 'a file goes into multipart/form-data only',
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
  .extend({
    sends: z.string().nullable().describe('The file’s name, the type of its text, or the names of the form’s fields.'),
  })
  .meta({ id: 'CallExampleSummary' });
export type CallExampleSummary = z.infer<typeof callExampleSummary>;
