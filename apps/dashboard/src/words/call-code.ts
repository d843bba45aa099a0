import { quoted } from './as-command.ts';

/** One field of a form. Of a file: its name, as it lies beside whoever runs this. */
export type CodedPart =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly file: string; readonly type: string };

/** A call as a person put it together, with what it sends by name. */
export interface CodedCall {
  /** Of the gateway, whole. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly input:
    | { readonly kind: 'none' }
    /** A form that is urlencoded is a text, too. */
    | { readonly kind: 'text'; readonly type: string; readonly text: string }
    | { readonly kind: 'file'; readonly type: string; readonly name: string }
    | { readonly kind: 'form'; readonly parts: readonly CodedPart[] };
}

export type Language = 'curl' | 'Python' | 'JavaScript';
export const languages: readonly Language[] = ['curl', 'Python', 'JavaScript'];

/** The same call from somewhere else, at the gateway's own address. Nothing to install but what the language brings, and `requests` for forms. */
export function asCode(language: Language, call: CodedCall): string {
  if (language === 'curl') return asCurlCall(call);
  return language === 'Python' ? asPython(call) : asJavaScript(call);
}

/** A form names its type itself: the boundary is in it. */
const typedHeaders = ({ headers, input }: CodedCall): Readonly<Record<string, string>> =>
  'type' in input ? { 'Content-Type': input.type, ...headers } : headers;

/** Browsers, and whoever writes forms as they do, end lines so. */
const formLines = (text: string): string => text.replace(/\r\n|\r|\n/g, '\r\n');

function asCurlCall(call: CodedCall): string {
  const { url, method, input } = call;
  const lines = [`curl${method === 'GET' && input.kind === 'none' ? '' : ` -X ${method}`} ${quoted(url)}`];
  for (const [name, value] of Object.entries(typedHeaders(call))) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (input.kind === 'text') lines.push(`--data-raw ${quoted(input.text)}`);
  if (input.kind === 'file') lines.push(`--data-binary ${quoted(`@${pathOf(input.name)}`)}`);
  if (input.kind === 'form') {
    // Its names end at the first `=`, and nothing says otherwise.
    if (input.parts.some(({ name }) => name.includes('='))) return '# curl cannot send a field with = in its name.';
    for (const part of input.parts) lines.push(toCurlPart(part));
  }
  return lines.join(' \\\n  ');
}

function toCurlPart(part: CodedPart): string {
  if ('text' in part) return `--form-string ${quotedLines(`${part.name}=${formLines(part.text)}`)}`;
  const path = pathOf(part.file);
  const plain = /^[\w@%+./-]+$/.test(path) ? path : `"${path.replace(/["\\]/g, '\\$&')}"`;
  return `-F ${quoted(`${part.name}=@${plain};type=${part.type}`)}`;
}

/** To curl `-` is what comes in, and no file. */
const pathOf = (name: string): string => (name === '-' ? './-' : name);

/** Line ends would not outlive a terminal: in `$'…'`, which every shell in use knows, they are letters. */
function quotedLines(text: string): string {
  if (!/[\r\n]/.test(text)) return quoted(text);
  const escaped = text.replace(/['\\]/g, '\\$&').replaceAll('\r', '\\r').replaceAll('\n', '\\n');
  return `$'${escaped}'`;
}

/** JSON's strings are Python's and JavaScript's too, but for what ends a line there. */
export const literal = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u2028\u2029\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function asPython(call: CodedCall): string {
  const { url, method, input } = call;
  const headers = typedHeaders(call);
  const headerText = Object.keys(headers).length > 0 ? `, headers=${literal(headers)}` : '';
  if (input.kind === 'form') {
    return [
      'import requests  # pip install requests',
      '',
      'parts = [',
      ...input.parts.map((part) => `    (${literal(part.name)}, ${toPythonPart(part)}),`),
      ']',
      `answer = requests.request(${literal(method)}, ${literal(url)}, files=parts${headerText})`,
      'print(answer.status_code, answer.text)',
    ].join('\n');
  }
  const body =
    input.kind === 'text'
      ? `${literal(input.text)}.encode()`
      : input.kind === 'file'
        ? `open(${literal(input.name)}, "rb").read()`
        : null;
  return [
    'import urllib.request',
    '',
    `request = urllib.request.Request(${literal(url)}, method=${literal(method)}${body ? `, data=${body}` : ''}${headerText})`,
    'with urllib.request.urlopen(request) as answer:',
    '    print(answer.status, answer.read().decode())',
  ].join('\n');
}

/** Without a name of a file, a part is a text. */
function toPythonPart(part: CodedPart): string {
  if ('text' in part) return `(None, ${literal(formLines(part.text))})`;
  return `(${literal(part.file)}, open(${literal(part.file)}, "rb"), ${literal(part.type)})`;
}

function asJavaScript(call: CodedCall): string {
  const { url, method, input } = call;
  const headers = typedHeaders(call);
  const isForm = input.kind === 'form';
  const readsFiles = input.kind === 'file' || (isForm && input.parts.some((part) => 'file' in part));
  const lines = readsFiles ? ["import { openAsBlob } from 'node:fs';", ''] : [];
  const options = [`method: ${literal(method)}`];
  if (Object.keys(headers).length > 0) options.push(`headers: ${literal(headers)}`);
  if (input.kind === 'text') options.push(`body: ${literal(input.text)}`);
  if (input.kind === 'file') {
    lines.push(`const file = ${openBlob(input.name, input.type)};`);
    options.push('body: file');
  }
  if (isForm) {
    lines.push('const form = new FormData();', ...input.parts.map(toAppend));
    options.push('body: form');
  }
  lines.push(
    `const answer = await fetch(${literal(url)}, { ${options.join(', ')} });`,
    'console.log(answer.status, await answer.text());',
  );
  return lines.join('\n');
}

function toAppend(part: CodedPart): string {
  if ('text' in part) return `form.append(${literal(part.name)}, ${literal(part.text)});`;
  return `form.append(${literal(part.name)}, ${openBlob(part.file, part.type)}, ${literal(part.file)});`;
}

const openBlob = (name: string, type: string): string =>
  `await openAsBlob(${literal(name)}, { type: ${literal(type)} })`;
