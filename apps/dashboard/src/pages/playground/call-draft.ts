import type { FormType } from '@sconce/contract';
import type { ServiceCall } from '../../api/call-service.ts';
import type { CodedCall } from '../../words/call-code.ts';
import type { Operation } from '../../words/open-api.ts';
import {
  entriesOf,
  type FormEntry,
  mistakeInForm,
  sentOf,
  takesFiles,
  toCodedParts,
  toFormBody,
  tooLarge,
  toUrlencoded,
  withFileIn,
} from './form/form-entries.ts';

/** What a person is putting together. */
export interface CallDraft {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly input: DraftInput;
  /** A line each, `Name: value`. */
  readonly headers: string;
}

export type DraftInput =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string; readonly type: string }
  /** The file is the body. `file` is null until there is one. */
  | { readonly kind: 'file'; readonly file: File | null }
  | { readonly kind: 'form'; readonly type: FormType; readonly entries: readonly FormEntry[] };

export const emptyDraft: CallDraft = { method: 'GET', path: '/', input: { kind: 'none' }, headers: '' };

/** Begins with what the operation takes. */
export function draftOf(operation: Operation): CallDraft {
  const { method, path, input, sample, formType } = operation;
  const inputs: Readonly<Record<Operation['input'], DraftInput>> = {
    none: { kind: 'none' },
    json: { kind: 'text', text: sample ?? '{}', type: 'application/json' },
    form: { kind: 'form', type: formType, entries: entriesOf(operation) },
    raw: { kind: 'file', file: null },
  };
  return { method, path, input: inputs[input], headers: '' };
}

/** Stands among the methods, and is none: what is opened is spoken in both ways. */
export const socketMethod = 'WebSocket';

export const sendsNothing = (method: string): boolean => ['GET', 'HEAD', socketMethod].includes(method);

/** A file takes the place of whatever was there, or its place in the form; JSON is laid open to be edited. */
export async function withFile(draft: CallDraft, file: File): Promise<CallDraft> {
  const { input } = draft;
  const method = sendsNothing(draft.method) ? 'POST' : draft.method;
  if (input.kind === 'form' && takesFiles(input.type))
    return { ...draft, method, input: { ...input, entries: withFileIn(input.entries, file) } };
  const isText = /^(?:application\/(?:[\w.-]+\+)?json|text\/)/.test(file.type) && file.size <= 200_000;
  if (isText) return { ...draft, method, input: { kind: 'text', text: await file.text(), type: file.type } };
  return { ...draft, method, input: { kind: 'file', file } };
}

/** Several have their places in a form alone; else the first counts. */
export async function withFiles(draft: CallDraft, files: readonly File[]): Promise<CallDraft> {
  let filled = draft;
  for (const file of draft.input.kind === 'form' ? files : files.slice(0, 1)) filled = await withFile(filled, file);
  return filled;
}

/** Lines of `Name: value`; null: one of them is no header. */
export function readHeaders(text: string): Readonly<Record<string, string>> | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => /^\s*([!#$%&'*+.^_`|~\w-]+):\s*([\x20-\x7e]*?)\s*$/.exec(line));
  if (pairs.some((pair) => pair === null)) return null;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

/** Why it cannot be sent yet; null: it can. */
export function mistakeIn(draft: CallDraft): string | null {
  if (!draft.path.startsWith('/')) return 'The path begins with /.';
  if (/[{}]/.test(draft.path.split('?')[0] ?? '')) return 'Put a value in place of each {…} in the path.';
  if (readHeaders(draft.headers) === null) return 'A header is a name, a colon and a value, in plain letters.';
  const { input } = draft;
  if (sendsNothing(draft.method)) return null;
  if (input.kind === 'form') return mistakeInForm(input.type, input.entries);
  if (input.kind === 'file' && input.file !== null) return tooLarge(input.file.size);
  return input.kind === 'text' ? tooLarge(input.text.length) : null;
}

/** Percent-encodes what a person types as it is; what is encoded already stays. */
export const encodedPath = (path: string): string =>
  path.trim().replace(/[^\x21-\x7e]|["<>\\^`{|}#]/gu, (character) => encodeURIComponent(character));

export function toCall(service: string, draft: CallDraft): ServiceCall {
  const { method, input } = draft;
  const base = { service, method, path: encodedPath(draft.path), headers: readHeaders(draft.headers) ?? {} };
  if (input.kind === 'text' && !sendsNothing(method)) return { ...base, body: input.text, type: input.type };
  if (input.kind === 'form' && !sendsNothing(method)) return { ...base, ...toFormBody(input.type, input.entries) };
  if (input.kind !== 'file' || input.file === null || sendsNothing(method)) return { ...base, body: null, type: null };
  return { ...base, body: input.file, type: typeOf(input.file) };
}

export const typeOf = (file: File): string => file.type || 'application/octet-stream';

export function toCoded(base: string, draft: CallDraft): CodedCall {
  const { method } = draft;
  const url = `${base.replace(/\/$/, '')}${encodedPath(draft.path)}`;
  const input = sendsNothing(method) ? ({ kind: 'none' } as const) : toCodedInput(draft.input);
  return { url, method, headers: readHeaders(draft.headers) ?? {}, input };
}

function toCodedInput(input: DraftInput): CodedCall['input'] {
  if (input.kind === 'file')
    return input.file ? { kind: 'file', name: input.file.name, type: typeOf(input.file) } : { kind: 'none' };
  if (input.kind !== 'form') return input;
  if (takesFiles(input.type)) return { kind: 'form', parts: toCodedParts(input.entries) };
  return { kind: 'text', type: input.type, text: toUrlencoded(sentOf(input.entries)) };
}
