import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A door before a registry that asks for a password, or for a token that is had for one. */
export interface GuardedRegistry {
  readonly address: string;
  /** How many tokens were given out. */
  readonly tokens: () => number;
  /** Those given so far are taken no more. */
  expire(): void;
  close(): Promise<void>;
}

export const account = { username: 'sconce', password: 'pass: word' };
const basic = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;

export async function startGuardedRegistry(registry: string, asks: 'basic' | 'token'): Promise<GuardedRegistry> {
  let given = 0;
  /** What each token that is still taken is for. */
  const scopes = new Map<string, string>();
  const giveToken = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers.authorization !== basic) return void response.writeHead(401).end('{}');
    const { searchParams } = new URL(request.url ?? '', 'http://door');
    given += 1;
    scopes.set(`token-${given}`, searchParams.get('scope') ?? '');
    response.end(JSON.stringify({ token: searchParams.get('service') === 'the door' ? `token-${given}` : null }));
  };
  const mayPass = (request: IncomingMessage): boolean => {
    const { authorization = '' } = request.headers;
    return asks === 'basic'
      ? authorization === basic
      : scopes.get(authorization.slice('Bearer '.length)) === scopeOf(request);
  };
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/token?')) return giveToken(request, response);
    if (mayPass(request)) return void forward(registry, request, response);
    const { port } = server.address() as { port: number };
    const bearer = `Bearer realm="http://127.0.0.1:${port}/token",service="the door",scope="${scopeOf(request)}"`;
    response.writeHead(401, { 'www-authenticate': asks === 'basic' ? 'Basic realm="door"' : bearer }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    tokens: () => given,
    expire: () => scopes.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function scopeOf({ url = '', method }: IncomingMessage): string {
  const name = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(url)?.[1] ?? '';
  return `repository:${name}:${method === 'DELETE' ? 'delete' : 'pull'}`;
}

/** As the registry answers it. */
export async function forward(registry: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const accept = request.headers.accept ?? '*/*';
  const answer = await fetch(`http://${registry}${request.url}`, {
    method: request.method ?? 'GET',
    headers: { accept },
  });
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
}
