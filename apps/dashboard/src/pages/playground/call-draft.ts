import type { CallExample } from '@sconce/contract';
import type { ServiceCall } from '../../api/call-service.ts';
import type { CodedCall } from '../../words/call-code.ts';
import type { Operation } from '../../words/open-api.ts';

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
  /** `field` is that of a form; null: the file is the body. `file` is null until there is one. */
  | { readonly kind: 'file'; readonly file: File | null; readonly field: string | null };

export const emptyDraft: CallDraft = { method: 'GET', path: '/', input: { kind: 'none' }, headers: '' };

/** Begins with what the operation takes. */
export function draftOf({ method, path, input, field, sample }: Operation): CallDraft {
  const inputs: Readonly<Record<Operation['input'], DraftInput>> = {
    none: { kind: 'none' },
    json: { kind: 'text', text: sample ?? '{}', type: 'application/json' },
    form: { kind: 'file', file: null, field: field ?? 'file' },
    raw: { kind: 'file', file: null, field: null },
  };
  return { method, path, input: inputs[input], headers: '' };
}

export const sendsNothing = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** A file takes the place of whatever was there, in the form's field where the call has one; JSON is laid open to be edited. */
export async function withFile(draft: CallDraft, file: File): Promise<CallDraft> {
  const field = draft.input.kind === 'file' ? draft.input.field : null;
  const method = sendsNothing(draft.method) ? 'POST' : draft.method;
  const isText =
    field === null && /^(?:application\/(?:[\w.-]+\+)?json|text\/)/.test(file.type) && file.size <= 200_000;
  if (isText) return { ...draft, method, input: { kind: 'text', text: await file.text(), type: file.type } };
  return { ...draft, method, input: { kind: 'file', file, field } };
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
  if (!sendsNothing(draft.method) && input.kind === 'file' && input.file === null && input.field !== null)
    return 'Choose a file first.';
  return null;
}

/** Percent-encodes what a person types as it is; what is encoded already stays. */
export const encodedPath = (path: string): string =>
  path.trim().replace(/[^\x21-\x7e]|["<>\\^`{|}#]/gu, (character) => encodeURIComponent(character));

export function toCall(service: string, draft: CallDraft): ServiceCall {
  const { method, input } = draft;
  const base = { service, method, path: encodedPath(draft.path), headers: readHeaders(draft.headers) ?? {} };
  if (input.kind === 'text' && !sendsNothing(method)) return { ...base, body: input.text, type: input.type };
  if (input.kind !== 'file' || input.file === null || sendsNothing(method)) return { ...base, body: null, type: null };
  if (input.field === null) return { ...base, body: input.file, type: typeOf(input.file) };
  const form = new FormData();
  form.set(input.field, input.file, input.file.name);
  return { ...base, body: form, type: null };
}

export const typeOf = (file: File): string => file.type || 'application/octet-stream';

export function toCoded(base: string, draft: CallDraft): CodedCall {
  const { method, input } = draft;
  const url = `${base.replace(/\/$/, '')}${encodedPath(draft.path)}`;
  const common = { url, method, headers: readHeaders(draft.headers) ?? {} };
  if (input.kind === 'none' || sendsNothing(method)) return { ...common, input: { kind: 'none' } };
  if (input.kind === 'text') return { ...common, input };
  const { file, field } = input;
  if (!file && field === null) return { ...common, input: { kind: 'none' } };
  return {
    ...common,
    input: { kind: 'file', field, name: file?.name ?? 'file', type: file ? typeOf(file) : 'application/octet-stream' },
  };
}

/** Larger files are left out of what is kept: an example is then one to drop a file of one's own on. */
const mostKeptBytes = 512 * 1024;

/** What is kept of it for the team. Headers are not: they may hold keys. */
export async function toExample(draft: CallDraft): Promise<Pick<CallExample, 'method' | 'path' | 'body'>> {
  const { input } = draft;
  const common = { method: draft.method as CallExample['method'], path: encodedPath(draft.path) };
  if (input.kind === 'none' || sendsNothing(draft.method)) return { ...common, body: { kind: 'none' } };
  if (input.kind === 'text') return { ...common, body: input };
  const { file, field } = input;
  if (!file)
    return { ...common, body: { kind: 'file', field, name: 'file', type: 'application/octet-stream', base64: null } };
  const base64 = file.size <= mostKeptBytes ? toBase64(new Uint8Array(await file.arrayBuffer())) : null;
  return { ...common, body: { kind: 'file', field, name: file.name.slice(0, 200), type: typeOf(file), base64 } };
}

export function fromExample({ method, path, body }: CallExample): CallDraft {
  const common = { method, path, headers: '' };
  if (body.kind !== 'file') return { ...common, input: body };
  const file = body.base64 === null ? null : new File([fromBase64(body.base64)], body.name, { type: body.type });
  return { ...common, input: { kind: 'file', file, field: body.field } };
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  // In pieces: arguments of one call are limited.
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
