import { asArray, asObject, type Json, resolve, textOf } from './json-document.ts';

/** A field of a form, as a service's document has it. */
export interface FormField {
  readonly name: string;
  readonly shape: 'file' | 'text' | 'number' | 'checkbox' | 'select';
  readonly required: boolean;
  /** It may come several times. */
  readonly many: boolean;
  /** Of a select. */
  readonly choices: readonly string[];
  /** To begin with; empty: nothing, and what is not required is left out then. */
  readonly initial: string;
  readonly about: string;
}

const mostFields = 50;
const mostChoices = 200;

/** The fields of a form's schema, in its order. Names that cannot be sent as they are, or are endless, are left out. */
export function readFields(root: Json, schema: unknown): readonly FormField[] {
  const whole = asObject(resolve(root, schema));
  const required = new Set(asArray(whole.required));
  return Object.entries(asObject(whole.properties))
    .filter(([name]) => /^[^\p{Cc}\p{Cs}]{1,100}$/u.test(name))
    .slice(0, mostFields)
    .map(([name, given]) => toField(root, name, given, required.has(name)));
}

function toField(root: Json, name: string, given: unknown, required: boolean): FormField {
  const outer = plainOf(root, given);
  const many = typesOf(outer).includes('array');
  const one = many ? plainOf(root, outer.items) : outer;
  const choices = (one.const !== undefined ? [one.const] : asArray(one.enum))
    .flatMap((choice) => (isScalar(choice) ? [String(choice)] : []))
    .slice(0, mostChoices);
  const shape = shapeOf(one, choices);
  const about = textOf(outer.description) || textOf(one.description);
  return { name, shape, required, many, choices, initial: initialOf(outer, one, shape, choices, required), about };
}

function shapeOf(schema: Json, choices: readonly string[]): FormField['shape'] {
  // Text that is base64 has an encoding, and is no file.
  const isFile =
    schema.format === 'binary' || (schema.contentMediaType !== undefined && schema.contentEncoding === undefined);
  if (isFile) return 'file';
  const types = typesOf(schema);
  if (types.includes('boolean')) return 'checkbox';
  if (choices.length > 0) return 'select';
  return types.includes('integer') || types.includes('number') ? 'number' : 'text';
}

function initialOf(
  outer: Json,
  one: Json,
  shape: FormField['shape'],
  choices: readonly string[],
  required: boolean,
): string {
  if (shape === 'file') return '';
  const given = outer.default ?? one.default;
  const named = given ?? (required ? (outer.example ?? asArray(outer.examples)[0]) : undefined);
  const text = Array.isArray(named) || named === undefined || named === null ? '' : asText(named);
  if (shape === 'select') return choices.includes(text) ? text : required ? (choices[0] ?? '') : '';
  if (shape === 'checkbox') return text === 'true' || text === 'false' ? text : required ? 'false' : '';
  if (shape === 'number') return /^-?[\d.]+(?:e[+-]?\d+)?$/i.test(text) ? text : '';
  return text.slice(0, 10_000);
}

/** What may also be null is what it is otherwise. */
function plainOf(root: Json, given: unknown): Json {
  const schema = asObject(resolve(root, given));
  const choices = [...asArray(schema.anyOf), ...asArray(schema.oneOf), ...asArray(schema.allOf)];
  const [choice] = choices.map((each) => asObject(resolve(root, each))).filter(({ type }) => type !== 'null');
  return choice ? { ...choice, ...schema } : schema;
}

const typesOf = (schema: Json): readonly unknown[] =>
  Array.isArray(schema.type) ? asArray(schema.type) : [schema.type];
const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const asText = (value: unknown): string => (isScalar(value) ? String(value) : (JSON.stringify(value) ?? ''));
