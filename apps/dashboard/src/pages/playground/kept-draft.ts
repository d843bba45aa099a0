import type { CallExample } from '@sconce/contract';
import type { Operation } from '../../words/open-api.ts';
import { type CallDraft, encodedPath, sendsNothing, typeOf } from './call-draft.ts';
import { makeEntry, toKeptFields, withHints } from './form/form-entries.ts';

/** Files beyond it, together, are left out of what is kept: an example is then one to drop a file of one's own on. */
const mostKeptBytes = 512 * 1024;

/** What is kept of it for the team. Headers are not: they may hold keys. */
export async function toExample(draft: CallDraft): Promise<Pick<CallExample, 'method' | 'path' | 'body'>> {
  const { input } = draft;
  const common = { method: draft.method as CallExample['method'], path: encodedPath(draft.path) };
  if (input.kind === 'none' || sendsNothing(draft.method)) return { ...common, body: { kind: 'none' } };
  if (input.kind === 'text') return { ...common, body: input };
  const keep = keeper();
  if (input.kind === 'form') {
    const fields = await toKeptFields(input.entries, keep);
    return { ...common, body: { kind: 'form', type: input.type, fields } };
  }
  const { file } = input;
  const kept = { kind: 'file', field: null } as const;
  if (!file) return { ...common, body: { ...kept, name: 'file', type: 'application/octet-stream', base64: null } };
  return { ...common, body: { ...kept, name: file.name.slice(0, 200), type: typeOf(file), base64: await keep(file) } };
}

function keeper(): (file: File) => Promise<string | null> {
  let left = mostKeptBytes;
  return async (file) => {
    if (file.size > left) return null;
    left -= file.size;
    return toBase64(new Uint8Array(await file.arrayBuffer()));
  };
}

/** `operations` are what the service can do: a form shows its fields as the service has them. */
export function fromExample({ method, path, body }: CallExample, operations: readonly Operation[]): CallDraft {
  const common = { method, path, headers: '' };
  if (body.kind === 'none' || body.kind === 'text') return { ...common, input: body };
  if (body.kind === 'file' && body.field === null) return { ...common, input: { kind: 'file', file: toFile(body) } };
  const form =
    body.kind === 'form'
      ? { type: body.type, fields: body.fields }
      : {
          type: 'multipart/form-data' as const,
          fields: [{ kind: 'file' as const, name: body.field ?? 'file', file: body }],
        };
  const entries = form.fields.map((field) =>
    field.kind === 'text'
      ? makeEntry(field.name, field.text)
      : makeEntry(field.name, field.file && toFile(field.file), { was: field.file?.name ?? null }),
  );
  const operation = operations.find((one) => one.method === method && one.path === path.split('?')[0]);
  const isSame = operation?.input === 'form' && operation.formType === form.type;
  return {
    ...common,
    input: { kind: 'form', type: form.type, entries: isSame ? withHints(entries, operation) : entries },
  };
}

/** Of a name that leads nowhere: what is copied as a command opens it. */
function toFile({
  name,
  type,
  base64,
}: {
  readonly name: string;
  readonly type: string;
  readonly base64: string | null;
}) {
  return base64 === null ? null : new File([fromBase64(base64)], name.split(/[\\/]/).at(-1) || 'file', { type });
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  // In pieces: arguments of one call are limited.
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
