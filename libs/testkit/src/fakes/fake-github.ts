import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { gitEnvironment, listChangedPaths, readCommitFacts, spawnStreaming } from '@sconce/foundation';
import { type GitFixture, gitFixture } from '../git/git-fixture.ts';

/** A GitHub of one's own: the part of its REST API that Sconce asks, and git over http, on bare repositories. */
export interface FakeGithub {
  /** Serves both the API and git. */
  readonly url: string;
  /** `METHOD /path`, in order. */
  readonly requests: readonly string[];
  /** The token that git and the API take; others are refused. */
  readonly token: string;
  /** The next answers are these instead; one that never ends when `hang`. */
  failNext(...answers: readonly FakeAnswer[]): void;
  close(): Promise<void>;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly hang?: boolean;
}

/** `repositories`: `owner/name` to the path of a bare repository. */
export async function fakeGithub(repositories: Readonly<Record<string, string>>): Promise<FakeGithub> {
  const requests: string[] = [];
  const failures: FakeAnswer[] = [];
  const token = 'ghs_fake';
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const failure = failures.shift();
    if (failure?.hang === true) return;
    if (failure !== undefined)
      return void response.writeHead(failure.status, failure.headers).end(failure.body ?? '{"message":"no"}');
    serve(request, response, repositories, token).catch((error: Error) => {
      if (!response.headersSent) json(response, 500, { message: error.message });
      else response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    token,
    failNext: (...answers) => void failures.push(...answers),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  repositories: Readonly<Record<string, string>>,
  token: string,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake');
  const authorization = request.headers.authorization ?? '';
  if (/^\/app\/installations\/\d+\/access_tokens$/.test(url.pathname)) {
    const isApp = /^bearer ey/i.test(authorization);
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    const grant = { token, expires_at: expires, permissions: { contents: 'read' }, repository_selection: 'all' };
    return json(response, isApp ? 201 : 401, isApp ? grant : { message: 'A JSON web token could not be decoded' });
  }
  const basic = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  if (authorization !== `token ${token}` && authorization !== basic)
    return json(response, 401, { message: 'Bad credentials' });
  const git = /^\/([^/]+\/[^/]+)\.git\/(info\/refs|git-upload-pack)$/.exec(url.pathname);
  const rest = /^\/repos\/([^/]+\/[^/]+)\/(.*)$/.exec(url.pathname);
  const repository = repositories[git?.[1] ?? rest?.[1] ?? ''];
  if (repository === undefined) return json(response, 404, { message: 'Not Found' });
  if (git !== null) return serveGit(request, response, repository, `/${git[2]}${url.search}`);
  const answer = await restAnswer(gitFixture(repository), decodeURIComponent(rest?.[2] ?? ''), url.searchParams);
  return answer === null ? json(response, 404, { message: 'Not Found' }) : json(response, 200, answer);
}

/** Null is a 404. */
async function restAnswer(fixture: GitFixture, path: string, query: URLSearchParams): Promise<unknown> {
  const [noun = '', ...rest] = path.startsWith('git/') ? path.slice(4).split('/') : path.split('/');
  const name = rest.join('/');
  switch (noun) {
    case 'ref':
      return refAnswer(fixture, `refs/${name}`);
    case 'tags': {
      const [type, sha] = (await fixture.git(['cat-file', '-p', name]))
        .split('\n')
        .map((line) => line.split(' ')[1])
        .reverse()
        .slice(-2);
      return { object: { type, sha } };
    }
    case 'commits':
      return commitAnswer(fixture, name);
    case 'blobs': {
      const size = Number(await fixture.git(['cat-file', '-s', name]));
      return { sha: name, size, encoding: 'base64', content: await fixture.base64(name) };
    }
    case 'contents':
      return contentsAnswer(fixture, name, query.get('ref') ?? 'HEAD');
    case 'compare':
      return compareAnswer(fixture, name);
    default:
      return null;
  }
}

async function refAnswer(fixture: GitFixture, ref: string): Promise<unknown> {
  const line = await fixture.git(['for-each-ref', '--format=%(refname) %(objecttype) %(objectname)', ref]);
  const found = line.split('\n').find((each) => each.startsWith(`${ref} `));
  if (found === undefined) return null;
  const [, type, sha] = found.slice(ref.length).split(' ');
  return { ref, object: { type, sha } };
}

async function commitAnswer(fixture: GitFixture, sha: string): Promise<unknown> {
  const facts = await readCommitFacts(fixture.repository, sha);
  if (facts === null) return null;
  const [, name, email] = /^(.*) <(.*)>$/.exec(facts.author) ?? [];
  return { sha, tree: { sha: facts.tree }, message: facts.message, author: { name, email, date: facts.authoredAt } };
}

/** GitHub leaves the content out above this. */
const largestInlineBytes = 1024 * 1024;

async function contentsAnswer(fixture: GitFixture, path: string, ref: string): Promise<unknown> {
  const line = await fixture.git(['ls-tree', '-l', ref, '--', path]).catch(() => '');
  const [, mode, type, sha = '', bytes] = /^(\d+) (\w+) (\S+) +(\S+)\t/.exec(line) ?? [];
  if (type === undefined) return null;
  if (type === 'tree') return [];
  if (type === 'commit') return { type: 'submodule', path };
  if (mode === '120000') return { type: 'symlink', path };
  const size = Number(bytes);
  const inline = size <= largestInlineBytes;
  return {
    type: 'file',
    path,
    sha,
    size,
    encoding: inline ? 'base64' : 'none',
    content: inline ? await fixture.base64(sha) : '',
  };
}

async function compareAnswer(fixture: GitFixture, name: string): Promise<unknown> {
  const [from = '', to = ''] = name.split('...');
  const known = await Promise.all([from, to].map((sha) => readCommitFacts(fixture.repository, sha)));
  if (known.includes(null)) return null;
  const changed = await listChangedPaths(fixture.repository, from, to);
  if (changed === null) return { status: 'diverged', files: [] };
  return {
    status: from === to ? 'identical' : 'ahead',
    files: changed.slice(0, 300).map((filename) => ({ filename })),
  };
}

async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  repository: string,
  path: string,
): Promise<void> {
  const [info = '', query = ''] = path.split('?');
  const child = spawnStreaming('git', ['http-backend'], {
    timeoutMs: 60_000,
    env: {
      ...gitEnvironment({ 'uploadpack.allowAnySHA1InWant': 'true' }),
      GIT_PROJECT_ROOT: repository,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: info,
      REQUEST_METHOD: request.method ?? 'GET',
      QUERY_STRING: query,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  child.stdin.on('error', () => undefined);
  const sent = pipeline(request, child.stdin).catch(() => undefined);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  await Promise.all([sent, child.ended.catch(() => undefined)]);
  const output = Buffer.concat(chunks);
  const end = output.indexOf('\r\n\r\n');
  for (const line of output.toString('latin1', 0, end).split('\r\n')) {
    const colon = line.indexOf(':');
    if (line.startsWith('Status:')) response.statusCode = Number.parseInt(line.slice(7), 10);
    else response.setHeader(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  response.end(output.subarray(end + 4));
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
