import type { FormType } from '@sconce/contract';
import { type FormField, readFields } from './form-fields.ts';
import { asArray, asObject, isObject, type Json, resolve, textOf } from './json-document.ts';

/** How a call's input is sent. */
export type InputKind =
  /** Nothing is sent. */
  | 'none'
  | 'json'
  /** Fields, files and texts. */
  | 'form'
  /** A file, or text, as the body itself. */
  | 'raw';

export interface Operation {
  readonly method: string;
  /** As the document has it: `{id}` stays to be filled in. */
  readonly path: string;
  readonly summary: string;
  readonly input: InputKind;
  /** Of a form: how it is written down. */
  readonly formType: FormType;
  /** Of a form. */
  readonly fields: readonly FormField[];
  /** A body to begin with, as text. */
  readonly sample: string | null;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];
const mostOperations = 200;

/** What a service's own OpenAPI document says it can do. A stranger wrote it: whatever cannot be read is left out, and nothing in it is followed for long. */
export function readOperations(document: unknown): readonly Operation[] {
  const root = asObject(document);
  const operations: Operation[] = [];
  for (const [path, item] of Object.entries(asObject(root.paths))) {
    if (!/^\/[\x21-\x7e]{0,500}$/.test(path)) continue;
    for (const method of methods) {
      const operation = Object.hasOwn(asObject(item), method) ? asObject(item)[method] : undefined;
      if (!isObject(operation) || operations.length >= mostOperations) continue;
      operations.push({
        method: method.toUpperCase(),
        path,
        summary: textOf(operation.summary).slice(0, 100),
        ...readInput(root, method, operation.requestBody),
      });
    }
  }
  return operations;
}

const nothing = { formType: 'multipart/form-data', fields: [], sample: null } as const;

function readInput(
  root: Json,
  method: string,
  body: unknown,
): Pick<Operation, 'input' | 'formType' | 'fields' | 'sample'> {
  const content = asObject(asObject(resolve(root, body)).content);
  const types = Object.keys(content);
  const form = (type: FormType) => {
    const name = types.find((one) => one.startsWith(type));
    if (name === undefined) return null;
    const fields = readFields(root, asObject(content[name]).schema);
    return { input: 'form', sample: null, formType: type, fields } as const;
  };
  const parts = form('multipart/form-data');
  if (parts) return parts;
  const json = types.find((type) => /^application\/(?:[\w.-]+\+)?json/.test(type));
  if (json) return { ...nothing, input: 'json', sample: sampleText(root, asObject(content[json])) };
  const coded = form('application/x-www-form-urlencoded');
  if (coded) return coded;
  if (types.length > 0) return { ...nothing, input: 'raw' };
  // Frameworks do not describe bodies that a handler reads by itself; what is posted is something all the same.
  return { ...nothing, input: method === 'get' || method === 'delete' ? 'none' : 'raw' };
}

function sampleText(root: Json, media: Json): string {
  const [first] = Object.values(asObject(media.examples));
  const given = media.example ?? asObject(first).value ?? sampleOf(root, media.schema, 0);
  const text = JSON.stringify(given, null, 2) ?? '{}';
  return text.length > 20_000 ? '{}' : text;
}

/** A value that the schema would take: examples and defaults first, then the simplest there is. */
function sampleOf(root: Json, given: unknown, depth: number): unknown {
  if (depth > 6) return null;
  const schema = asObject(resolve(root, given));
  const named =
    schema.example ?? asArray(schema.examples)[0] ?? schema.default ?? schema.const ?? asArray(schema.enum)[0];
  if (named !== undefined) return named;
  const [choice] = [...asArray(schema.anyOf), ...asArray(schema.oneOf), ...asArray(schema.allOf)];
  if (choice !== undefined) return sampleOf(root, choice, depth + 1);
  const type = asArray(schema.type)[0] ?? schema.type;
  if (type === 'object' || isObject(schema.properties)) {
    const properties = Object.entries(asObject(schema.properties)).slice(0, 30);
    return Object.fromEntries(properties.map(([name, one]) => [name, sampleOf(root, one, depth + 1)]));
  }
  if (type === 'array') return [sampleOf(root, schema.items, depth + 1)];
  if (type === 'integer' || type === 'number') return typeof schema.minimum === 'number' ? schema.minimum : 0;
  if (type === 'boolean') return false;
  return type === 'string' ? '' : null;
}

const telling = /predict|infer|generat|classif|transcri|detect|embed|complet|segment|score|translat|vad|invocations/i;

/** The one that people most likely came for: what takes a file or JSON and sounds like a model. */
export function likeliest(operations: readonly Operation[]): Operation | null {
  const weigh = ({ method, path, input }: Operation) =>
    (telling.test(path) ? 4 : 0) +
    (method === 'POST' ? 2 : 0) +
    (input === 'form' || input === 'json' ? 1 : 0) -
    (path.includes('{') ? 3 : 0);
  return operations.reduce<Operation | null>((best, one) => (best && weigh(best) >= weigh(one) ? best : one), null);
}
