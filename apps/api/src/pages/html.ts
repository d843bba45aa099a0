import type { ServerResponse } from 'node:http';
import { securityHeaders } from '../http/headers.ts';

/** Text that is markup already; everything else is escaped. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | null | Markup | readonly Markup[];

/** `html\`<p>${name}</p>\``: what is put in is escaped, unless it was made by this. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + toText(parts[index - 1] ?? null) + string));
}

function toText(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map((one) => one.text).join('');
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** No script at all, styles and forms from here only. */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export function sendPage(
  response: ServerResponse,
  status: number,
  title: string,
  body: Markup,
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Sconce</title>
<link rel="stylesheet" href="/assets/sconce.css">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
</head>
<body>
<header><a href="/" class="mark">Sconce</a></header>
<main>${body}</main>
</body>
</html>
`.text;
  response.writeHead(status, {
    ...securityHeaders,
    'content-security-policy': policy,
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : page);
}
