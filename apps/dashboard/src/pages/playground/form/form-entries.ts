import { type CallExample, type FormType, largestCallBytes } from '@sconce/contract';
import type { CodedPart } from '../../../words/call-code.ts';
import type { FormField } from '../../../words/form-fields.ts';
import type { Operation } from '../../../words/open-api.ts';

/** One field of a form as it is put together. */
export interface FormEntry {
  /** Tells it from others of its name. */
  readonly key: number;
  readonly name: string;
  /** A text, or a file; null: one that is not chosen yet. */
  readonly value: string | File | null;
  /** What the service says of it; null: somebody added it. */
  readonly field: FormField | null;
  /** Name of a file that was kept without its bytes. */
  readonly was: string | null;
}

let lastKey = 0;

export function makeEntry(
  name: string,
  value: FormEntry['value'],
  more: Partial<Pick<FormEntry, 'field' | 'was'>> = {},
): FormEntry {
  lastKey += 1;
  return { key: lastKey, name, value, field: null, was: null, ...more };
}

export const isFileEntry = ({ value }: FormEntry): boolean => typeof value !== 'string';

/** As the service asks for them. Urlencoded forms have no files: there a file is a text as well. */
export const entriesOf = ({ fields, formType }: Operation): readonly FormEntry[] =>
  fields.map((field) => entryOf(field, formType));

export const entryOf = (field: FormField, type: FormType): FormEntry =>
  makeEntry(field.name, field.shape === 'file' && takesFiles(type) ? null : field.initial, { field });

export const takesFiles = (type: FormType): boolean => type === 'multipart/form-data';

/** What of it is sent: what the service does not ask for, and nobody filled in, is not. */
export const sentOf = (entries: readonly FormEntry[]): readonly FormEntry[] =>
  entries.filter(({ value, field }) => value !== null && !(value === '' && field !== null && !field.required));

/** Why a form cannot be sent yet; null: it can. */
export function mistakeInForm(type: FormType, entries: readonly FormEntry[]): string | null {
  if (entries.some(({ name }) => name === '')) return 'Give each field a name.';
  for (const { name, value, field } of entries) {
    if (value === null && (field === null || field.required)) return `Choose a file for ${name}.`;
    if (value === '' && field?.required) return `Fill in ${name}.`;
    if (value instanceof File && !takesFiles(type)) return `A file, as ${name} is, goes into multipart/form-data only.`;
  }
  const sent = sentOf(entries);
  if (sent.length === 0) return 'Fill in a field, or add one.';
  return tooLarge(
    sent.reduce((sum, { value }) => sum + (value instanceof File ? value.size : (value?.length ?? 0)), 0),
  );
}

/** The platform hands no more on. */
export function tooLarge(bytes: number): string | null {
  const mebibytes = (count: number) => `${Math.ceil((count * 10) / 1_048_576) / 10} MiB`;
  if (bytes <= largestCallBytes) return null;
  return `This is ${mebibytes(bytes)}; through the platform ${mebibytes(largestCallBytes)} can be sent. At the gateway’s own address there is no such limit.`;
}

/** A file that is dropped on the form goes where one is missing, else beside or in the place of the last, else into a field of its own. */
export function withFileIn(entries: readonly FormEntry[], file: File): readonly FormEntry[] {
  const at = entries.find(({ value }) => value === null) ?? entries.findLast(isFileEntry);
  if (!at) return [...entries, makeEntry('file', file)];
  const filled = makeEntry(at.name, file, { field: at.field });
  const isMore = at.value !== null && at.field?.many;
  return entries.flatMap((entry) => (entry !== at ? [entry] : isMore ? [entry, filled] : [filled]));
}

export function toFormBody(
  type: FormType,
  entries: readonly FormEntry[],
): { body: FormData | string; type: string | null } {
  const sent = sentOf(entries);
  if (!takesFiles(type)) return { body: toUrlencoded(sent), type };
  const form = new FormData();
  for (const { name, value } of sent) {
    if (value instanceof File) form.append(name, value, value.name);
    else form.append(name, value ?? '');
  }
  return { body: form, type: null };
}

export const toUrlencoded = (entries: readonly FormEntry[]): string =>
  new URLSearchParams(entries.map(({ name, value }) => [name, typeof value === 'string' ? value : ''])).toString();

/** With files that are still to be chosen, where they are needed. */
export function toCodedParts(entries: readonly FormEntry[]): readonly CodedPart[] {
  const shown = new Set(sentOf(entries));
  return entries.flatMap((entry): CodedPart[] => {
    const { name, value, field } = entry;
    if (value === null && field?.required !== false) return [{ name, file: 'file', type: octets }];
    if (!shown.has(entry)) return [];
    return [
      value instanceof File ? { name, file: value.name, type: value.type || octets } : { name, text: value ?? '' },
    ];
  });
}

const octets = 'application/octet-stream';

type KeptForm = Extract<CallExample['body'], { kind: 'form' }>;

/** What is kept of it for the team. `keep` says what a file's bytes are, or null where they are too many. */
export async function toKeptFields(
  entries: readonly FormEntry[],
  keep: (file: File) => Promise<string | null>,
): Promise<KeptForm['fields']> {
  const fields: KeptForm['fields'] = [];
  for (const { name, value, field } of entries) {
    if (typeof value === 'string') {
      if (value !== '' || field === null || field.required) fields.push({ kind: 'text', name, text: value });
    } else if (value === null) fields.push({ kind: 'file', name, file: null });
    else {
      const file = { name: value.name.slice(0, 200), type: value.type || octets, base64: await keep(value) };
      fields.push({ kind: 'file', name, file });
    }
  }
  return fields;
}

/** What the service says of its fields, beside what was kept of them: hints where it still has them, and fields that were left out. */
export function withHints(entries: readonly FormEntry[], { fields, formType }: Operation): readonly FormEntry[] {
  const hinted = entries.map((entry) => {
    const field = fields.find(({ name, shape }) => name === entry.name && (shape === 'file') === isFileEntry(entry));
    return field ? { ...entry, field } : entry;
  });
  const left = fields.filter(({ name }) => !entries.some((entry) => entry.name === name));
  return [...hinted, ...left.map((field) => entryOf(field.required ? field : { ...field, initial: '' }, formType))];
}
