import type { IncomingMessage, ServerResponse } from 'node:http';
import { visibleProjects } from '@sconce/core';
import { listProjects, listRepositories, viewServices } from '@sconce/db';
import type { Caller } from '@sconce/engine';
import type { ApiContext } from '../context.ts';
import { toService } from '../controllers/to-service.ts';
import { authenticateRequest } from '../endpoint/authenticate-request.ts';
import { clearSessionCookie } from '../http/cookies.ts';
import { html, type Markup, sendPage } from './html.ts';

const all = { limit: 200, after: null, order: 'oldest' } as const;

/** What runs, in one table. Without a session it says how to get one. */
export async function sendHome(context: ApiContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const known = await authenticateRequest(context, request).catch(() => 'ended' as const);
  if (known === null || known === 'ended') {
    const headers: Record<string, string> =
      known === 'ended' ? { 'set-cookie': clearSessionCookie(context.secureCookies) } : {};
    return sendPage(response, 200, 'Sign in', signIn, headers);
  }
  sendPage(response, 200, 'Services', await overview(context, known.caller));
}

const signIn = html`<h1>Sconce</h1>
<p>Push a repository, get a running inference service. This installation is up.</p>
<p>To sign in, run <code>npm run up</code> on the machine it runs on: it prints a link that lets you in. Scripts use a token and <a href="/v1/openapi.json">the API</a>.</p>`;

async function overview(context: ApiContext, caller: Caller): Promise<Markup> {
  const { tx } = context.deps.db;
  const ids = visibleProjects(caller.rights);
  const projects = await listProjects(tx, { ids }, all);
  const rows = await viewServices(tx, { projectIds: projects.map((project) => project.id) }, all);
  const services = rows.map((row) => toService(context, row));
  const first = projects[0];
  const repositories = first
    ? await listRepositories(tx, { projectId: first.id, kind: 'builtin' }, { ...all, limit: 1 })
    : [];
  const repository = repositories[0];
  const pushUrl = repository ? `${context.publicUrl}/git/${repository.fullName}.git` : null;
  return html`<h1>Services</h1>
${services.length === 0 ? html`<p>Nothing is here yet.</p>` : table(services)}
<h2>Deploy</h2>
${
  pushUrl
    ? html`<p>Push to a repository; the password is a token.</p><pre><code>git push ${pushUrl} main</code></pre>`
    : html`<p>Make a project, a repository and a service with <a href="/v1/openapi.json">the API</a> or <code>sconce deploy</code>.</p>`
}
<footer><span>Signed in as ${caller.user?.name ?? caller.tokenName}</span><form method="post" action="/session/end"><button class="quiet" type="submit">Sign out</button></form></footer>`;
}

type Shown = ReturnType<typeof toService>;

function table(services: readonly Shown[]): Markup {
  return html`<div class="scroll"><table>
<thead><tr><th>Service</th><th>State</th><th>Live</th></tr></thead>
<tbody>${services.map(row)}</tbody>
</table></div>`;
}

function row(service: Shown): Markup {
  const { live, waiting, replicas } = service;
  const count =
    replicas.wanted > 0 ? html`<br><span class="soft">${replicas.ready} of ${replicas.wanted} ready</span>` : null;
  return html`<tr>
<td class="whole"><a href="${service.urls.path}">${service.path}</a></td>
<td><span class="state ${service.state}">${service.state}</span>${count}${waiting ? html`<br><span class="soft">${waiting.message}</span>` : null}</td>
<td class="whole">${live ? shownLive(live) : html`<span class="soft">not yet</span>`}</td>
</tr>`;
}

function shownLive({ release, commit, since }: NonNullable<Shown['live']>): Markup {
  const at = since.toISOString();
  const title = commit ? html` <code>${commit.sha.slice(0, 7)}</code> ${commit.message.split('\n', 1)[0] ?? ''}` : null;
  return html`${release.name}${title}<br><span class="soft">since <time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC</time></span>`;
}
