import type { ServerResponse } from 'node:http';
import { type ProblemCode, problems } from '@sconce/contract';
import { html, sendPage } from './html.ts';

/** The page that a problem's `type` leads to. */
export function sendProblemPage(response: ServerResponse, code: string): void {
  const known = Object.hasOwn(problems, code);
  sendPage(
    response,
    known ? 200 : 404,
    known ? 'Problem' : 'No such problem',
    known ? about(code as ProblemCode) : unknown,
  );
}

const unknown = html`<h1>There is no problem of this name</h1>
<p>Codes of problems are listed in <a href="/v1/openapi.json">the API’s document</a>.</p>`;

function about(code: ProblemCode) {
  const { status, title, about: text } = problems[code];
  return html`<h1>${title}</h1><p>${text}</p><p class="soft">Code <code>${code}</code>, HTTP status ${status}.</p>`;
}
