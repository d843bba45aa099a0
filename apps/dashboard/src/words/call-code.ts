import { quoted } from './as-command.ts';

/** A call as a person put it together, with what it sends by name. */
export interface CodedCall {
  /** Of the gateway, whole. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly input:
    | { readonly kind: 'none' }
    | { readonly kind: 'text'; readonly type: string; readonly text: string }
    | { readonly kind: 'file'; readonly type: string; readonly name: string; readonly field: string | null };
}

export type Language = 'curl' | 'Python' | 'JavaScript';
export const languages: readonly Language[] = ['curl', 'Python', 'JavaScript'];

/** The same call from somewhere else, at the gateway's own address. Nothing to install but what the language brings. */
export function asCode(language: Language, call: CodedCall): string {
  if (language === 'curl') return asCurlCall(call);
  return language === 'Python' ? asPython(call) : asJavaScript(call);
}

function asCurlCall({ url, method, headers, input }: CodedCall): string {
  const lines = [`curl${method === 'GET' && input.kind === 'none' ? '' : ` -X ${method}`} ${quoted(url)}`];
  const isForm = input.kind === 'file' && input.field !== null;
  const typed = input.kind === 'none' || isForm ? headers : { 'Content-Type': input.type, ...headers };
  for (const [name, value] of Object.entries(typed)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (input.kind === 'text') lines.push(`--data-raw ${quoted(input.text)}`);
  if (input.kind === 'file') {
    lines.push(
      input.field === null
        ? `--data-binary ${quoted(`@${input.name}`)}`
        : `-F ${quoted(`${input.field}=@${input.name};type=${input.type}`)}`,
    );
  }
  return lines.join(' \\\n  ');
}

/** JSON's strings are Python's and JavaScript's too, but for what ends a line there. */
const literal = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u2028\u2029\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function asPython({ url, method, headers, input }: CodedCall): string {
  const isForm = input.kind === 'file' && input.field !== null;
  const lines = isForm ? ['import requests  # pip install requests', ''] : ['import urllib.request', ''];
  const typed = input.kind === 'none' || isForm ? headers : { 'Content-Type': input.type, ...headers };
  const headerText = Object.keys(typed).length > 0 ? `, headers=${literal(typed)}` : '';
  if (input.kind === 'file' && isForm) {
    lines.push(`with open(${literal(input.name)}, "rb") as file:`);
    lines.push(`    files = {${literal(input.field)}: (${literal(input.name)}, file, ${literal(input.type)})}`);
    lines.push(`    answer = requests.request(${literal(method)}, ${literal(url)}, files=files${headerText})`);
    return [...lines, 'print(answer.status_code, answer.text)'].join('\n');
  }
  const body =
    input.kind === 'text'
      ? `${literal(input.text)}.encode()`
      : input.kind === 'file'
        ? `open(${literal(input.name)}, "rb").read()`
        : null;
  lines.push(
    `request = urllib.request.Request(${literal(url)}, method=${literal(method)}${body ? `, data=${body}` : ''}${headerText})`,
  );
  lines.push('with urllib.request.urlopen(request) as answer:', '    print(answer.status, answer.read().decode())');
  return lines.join('\n');
}

function asJavaScript({ url, method, headers, input }: CodedCall): string {
  const isForm = input.kind === 'file' && input.field !== null;
  const typed = input.kind === 'none' || isForm ? headers : { 'Content-Type': input.type, ...headers };
  const lines = input.kind === 'file' ? ["import { openAsBlob } from 'node:fs';", ''] : [];
  const options = [`method: ${literal(method)}`];
  if (Object.keys(typed).length > 0) options.push(`headers: ${literal(typed)}`);
  if (input.kind === 'text') options.push(`body: ${literal(input.text)}`);
  if (input.kind === 'file') {
    lines.push(`const file = await openAsBlob(${literal(input.name)}, { type: ${literal(input.type)} });`);
    if (isForm)
      lines.push('const form = new FormData();', `form.set(${literal(input.field)}, file, ${literal(input.name)});`);
    options.push(isForm ? 'body: form' : 'body: file');
  }
  lines.push(
    `const answer = await fetch(${literal(url)}, { ${options.join(', ')} });`,
    'console.log(answer.status, await answer.text());',
  );
  return lines.join('\n');
}
