import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { runCli } from '../program.ts';
import { createTerminal } from '../terminal/terminal.ts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export type Reply =
  | { readonly status?: number; readonly body: unknown }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** On standard input. */
  readonly input?: string;
  /** Aborts as Ctrl-C does. */
  readonly signal?: AbortSignal;
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Sees what is written as it comes. */
  readonly onWrite?: (seen: { readonly out: string; readonly err: string }) => void;
}

export interface PretendApi {
  readonly url: string;
  readonly server: Server;
  /** By `GET /v1/services`, without the query. */
  readonly replies: Record<string, Reply>;
  readonly asked: Asked[];
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  close(): Promise<unknown>;
}

const nothingHere: Reply = { status: 404, body: { code: 'not_found', detail: 'Nothing here.', title: 'Not found' } };

/** Answers like the API would; what the real one answers is checked where it runs. */
export async function startPretendApi(): Promise<PretendApi> {
  const replies: Record<string, Reply> = {};
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    asked.push({ method, url, authorization: request.headers.authorization, body: await textOf(request) });
    const reply = replies[`${method} ${url.split('?')[0]}`] ?? nothingHere;
    if (typeof reply === 'function') return reply(request, response);
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    server,
    replies,
    asked,
    run: (args, options = {}) => run(url, args, options),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

export const list = (...data: unknown[]) => ({ body: { data, page: { next: null } } });

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** The command itself, in this process, without a terminal. */
async function run(url: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { input = '', signal = new AbortController().signal, onWrite } = options;
  const result = { out: '', err: '' };
  const into = (stream: 'out' | 'err') => ({
    write: (text: string) => {
      result[stream] += text;
      onWrite?.(result);
    },
  });
  const connected = { SCONCE_API_URL: url, SCONCE_TOKEN: 'sconce_personal_test', PATH: process.env.PATH };
  const environment = { ...connected, ...options.environment };
  const code = await runCli(args, {
    version: '1.2.3',
    environment,
    checkout: null,
    directory: options.directory ?? '/',
    home: '/nonexistent',
    terminal: createTerminal(into('out'), into('err'), environment),
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]) as unknown as NodeJS.ReadStream,
    stdout: process.stdout,
    stderr: process.stderr,
    signal,
  });
  return { code, ...result };
}
