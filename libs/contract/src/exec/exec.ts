import { z } from 'zod';
import { timestamp } from '../shape/field.ts';
import { largestTerminal } from './exec-link.ts';

/** It goes to the runtime in an address. */
export const mostCommandBytes = 16_384;

const word = z
  .string()
  .max(mostCommandBytes)
  .regex(/^[^\0\p{Cs}]*$/u, 'text of whole characters, without NUL');

const command = z
  .array(word)
  .min(1, 'name a command, or leave it out for a shell')
  .max(100)
  .refine(([first]) => first !== '', 'begins with the name of a command')
  .refine(
    (words) => new TextEncoder().encode(words.join('\0')).length <= mostCommandBytes,
    `at most ${mostCommandBytes} bytes: send a longer script as its input`,
  );

const size = z.int().min(1).max(largestTerminal);

export const execCreate = z.strictObject({
  replica: z.string().min(1).max(200).optional().describe('Name (`r12-7x2`) or id. Left out: one that serves.'),
  container: z.string().min(1).max(60).optional().describe('A sidecar. Left out: the replica’s own process.'),
  command: command.optional().describe('Program and arguments, as they are. Left out: the shell of the image.'),
  terminal: z.strictObject({ columns: size, rows: size }).optional().describe('Left out: plain input and outputs.'),
});

export const exec = z
  .object({
    id: z.string(),
    service: z.string(),
    replica: z.string().describe('Its name.'),
    container: z.string().nullable(),
    command: z.array(z.string()).describe('Empty: the shell of the image.'),
    terminal: z.object({ columns: z.int(), rows: z.int() }).nullable(),
    createdAt: timestamp,
    openUntil: timestamp.describe('It begins when it is opened, once, before this.'),
  })
  .meta({ id: 'Exec' });
export type Exec = z.infer<typeof exec>;
