import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endpoints } from '@sconce/contract';

export interface Asked {
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What stands there: enough for a command to find what it is told to change. Each is known by its id and by its path. */
const project = { id: 'prj_1', slug: 'vision', name: 'Vision', role: 'admin', version: 1 };
const environment = {
  id: 'env_1',
  slug: 'production',
  path: 'vision/production',
  name: 'production',
  project,
  services: 1,
  version: 1,
};
const repository = {
  id: 'rpo_1',
  slug: 'app',
  path: 'vision/app',
  project,
  kind: 'builtin',
  fullName: 'vision/app',
  pushUrl: 'http://x/git/vision/app.git',
  defaultBranch: 'main',
  version: 1,
};
const service = {
  id: 'svc_1',
  slug: 'app',
  path: 'vision/production/app',
  project,
  environment,
  repository,
  secretGroups: ['hub'],
  live: null,
  desired: { release: { name: 'r12' } },
  urls: {},
  effectiveSettings: { probe: {}, resources: { gpu: null }, scaling: {}, volumes: [], command: null },
  version: 1,
};
const secretGroup = { id: 'grp_1', slug: 'hub', environment, secrets: 1, services: [] };
const branchRule = { id: 'rul_1', project, environment, repository: null, branches: ['main'], position: 1, version: 1 };
const build = { id: 'bld_1', phase: 'queued', commit: { sha: 'a'.repeat(40), message: 'x', author: 'x' }, targets: [] };
const user = { id: 'usr_1', email: 'ana@example.com', name: 'Ana', isAdmin: false };
const token = { id: 'tok_1', name: 'laptop', kind: 'personal', scopes: ['read'], expiresAt: null, revokedAt: null };
const release = { id: 'rel_11', number: 11, name: 'r11' };

/** Ids, as the commands send them, by what the pages say. */
export const known: Readonly<Record<string, string>> = {
  [project.id]: project.slug,
  [environment.id]: environment.path,
  [repository.id]: repository.path,
  [service.id]: service.path,
  [secretGroup.id]: `${environment.path}/${secretGroup.slug}`,
  [release.id]: release.name,
};

const items: Readonly<Record<string, object>> = {
  Project: project,
  Environment: environment,
  Repository: repository,
  Service: service,
  SecretGroup: secretGroup,
  BranchRule: branchRule,
  Build: build,
  User: user,
  Token: token,
  Release: release,
};

const cluster = { name: 'local', reachable: true, warnings: [] };

const page = { next: null };
const lists: Readonly<Record<string, readonly object[]>> = {
  listUsers: [user],
  listTokens: [token],
  listProjects: [project],
  listAllServices: [service],
  listEnvironments: [environment],
  listSecretGroups: [secretGroup],
  listClusters: [cluster],
};

/** Whatever a command reads of the answer to a write, to say what it did. */
const done = {
  ...user,
  ...project,
  ...repository,
  ...service,
  ...build,
  ...token,
  user,
  branches: ['main'],
  role: 'viewer',
  also: {},
  removes: { services: [], volumes: [], hosts: [] },
  keeps: { volumes: [] },
  release,
  liveAt: null,
  build: null,
  setupUrl: 'http://x/setup/y',
  url: 'http://x/setup/y',
  token: 'sconce_personal_x',
  version: 2,
};

function answerOf(name: string): unknown {
  if (name === 'getServiceMetrics') return { service, step: '5m', series: [], marks: [] };
  if (name === 'getClusterMetrics') return { cluster: cluster.name, step: '1h', pools: [] };
  const noun = /^(?:get|update)(.+)$/.exec(name)?.[1] ?? '';
  if (Object.hasOwn(items, noun)) return items[noun];
  return name.startsWith('list') ? { data: lists[name] ?? [], page } : done;
}

const table = Object.entries(endpoints).map(([name, { method, path }]) => ({
  name,
  method,
  shape: new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}));

/** Answers commands as the API would, and keeps what they asked: which request means what is the contract's. */
export async function pretendApi() {
  let asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const line = table.find(({ method, shape }) => method === request.method && shape.test(url.pathname));
    if (!line) return void response.writeHead(404).end('{}');
    const found = line.shape.exec(url.pathname)?.groups ?? {};
    const params = Object.fromEntries(Object.entries(found).map(([key, value]) => [key, decodeURIComponent(value)]));
    const text = await textOf(request);
    asked.push({
      name: line.name,
      params,
      query: Object.fromEntries(url.searchParams),
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerOf(line.name)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What was asked since the last time. */
    take: () => {
      const taken = asked;
      asked = [];
      return taken;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
