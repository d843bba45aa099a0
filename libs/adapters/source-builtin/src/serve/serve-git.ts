import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { CommandFailed, isZeroObjectName, type Log, listRefs, type StreamingProcess } from '@sconce/foundation';
import { putBack } from '../put-back.ts';
import { type BackendHead, type GitServicePath, readBackendHead, startHttpBackend } from './http-backend.ts';
import { makeRefusal, parsePushReport } from './push-report.ts';
import { type ReceiveCommands, ReceiveCommandsReader, type RefUpdate } from './receive-commands.ts';
import { BadGitRequest, passBody } from './request-body.ts';

export interface GitExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Absolute path of the bare repository; the caller has checked who may read it, and for pushes who may write. */
  readonly repository: string;
  /** The part of the path behind `<repository>.git/`. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** Whose token it was; git only wants to know that there is one. */
  readonly user: string;
  readonly log: Log;
  /**
   * Called with the refs that a push has moved, before the client hears that it worked. When it throws, the refs are put back and the
   * client's push fails, so that a push is never acknowledged and lost.
   */
  readonly onRefsUpdated: (updates: readonly RefUpdate[]) => Promise<void>;
  readonly limits?: Partial<GitServerLimits>;
}

export interface GitServerLimits {
  readonly bodyBytes: number;
  readonly idleMs: number;
  readonly timeMs: number;
}

const defaultLimits: GitServerLimits = { bodyBytes: 2 * 1024 * 1024 * 1024, idleMs: 60_000, timeMs: 1_800_000 };
/** Reports of some 100,000 refs, with the progress that is shown to people. */
const largestReportBytes = 32 * 1024 * 1024;

/** Serves one request of git's smart HTTP protocol (gitprotocol-http). Always answers; never rejects. */
export async function serveGit(exchange: GitExchange): Promise<void> {
  const { request, log } = exchange;
  const limits = { ...defaultLimits, ...exchange.limits };
  const stop = new AbortController();
  try {
    const path = checkRequest(exchange);
    const backend = startHttpBackend(
      {
        repository: exchange.repository,
        path,
        method: request.method ?? 'GET',
        query: exchange.query,
        contentType: request.headers['content-type'],
        protocol: header(request, 'git-protocol'),
        user: exchange.user,
      },
      limits.timeMs,
      stop.signal,
    );
    backend.stdin.on('error', () => undefined);
    if (path === 'git-receive-pack') await receive(exchange, backend, limits);
    else await answer(exchange, backend, limits, stop);
  } catch (error) {
    stop.abort(error);
    refuse(exchange, error);
    if (!(error instanceof BadGitRequest)) log.warn({ err: error, path: exchange.path }, 'a git request failed');
  }
}

const services: Readonly<Record<string, { readonly method: string; readonly type: string | null }>> = {
  'info/refs': { method: 'GET', type: null },
  'git-upload-pack': { method: 'POST', type: 'application/x-git-upload-pack-request' },
  'git-receive-pack': { method: 'POST', type: 'application/x-git-receive-pack-request' },
};

function checkRequest({ request, path, query }: GitExchange): GitServicePath {
  const service = Object.hasOwn(services, path) ? services[path] : undefined;
  // Also the files of the old protocol (`HEAD`, `objects/...`): they would need a repository laid open.
  if (service === undefined) throw new BadGitRequest(404, 'There is nothing here. Use git over smart HTTP.');
  if (request.method !== service.method) throw new BadGitRequest(405, `Use ${service.method}.`);
  if (path === 'info/refs' && !/^service=git-(?:upload|receive)-pack$/.test(query)) {
    throw new BadGitRequest(403, 'This client is too old: git over smart HTTP is needed.');
  }
  if (service.type !== null && request.headers['content-type'] !== service.type)
    throw new BadGitRequest(415, `Send ${service.type}.`);
  return path as GitServicePath;
}

/** Fetches and ref advertisements: the answer flows as it comes. */
async function answer(
  exchange: GitExchange,
  backend: StreamingProcess,
  limits: GitServerLimits,
  stop: AbortController,
): Promise<void> {
  const { request, response } = exchange;
  const onClose = () => stop.abort(new Error('the client went away'));
  response.once('close', onClose);
  try {
    const body = sendBody(request, backend, limits, () => undefined);
    const reading = readBackendHead(backend.stdout);
    await Promise.race([reading, body]);
    const head = await reading;
    if (head === null) throw await endedWithoutAnswer(backend);
    writeHead(response, head);
    await Promise.all([body, pipeline(backend.stdout, response)]);
    // Its exit code is told in the body already.
    await backend.ended.catch(() => undefined);
  } finally {
    response.off('close', onClose);
  }
}

/** Pushes: the answer is held back until what moved is recorded. */
async function receive(exchange: GitExchange, backend: StreamingProcess, limits: GitServerLimits): Promise<void> {
  const { request, response, log } = exchange;
  const commands = new ReceiveCommandsReader();
  // Until all of it is here, nothing can have moved and the transfer may be dropped. After that it is carried through and recorded,
  // whether or not the client still listens.
  const output = readAll(backend);
  output.catch(() => undefined);
  await sendBody(request, backend, limits, (chunk) => commands.push(chunk));
  const { head, body } = await output.catch((error: unknown) => {
    log.warn({ err: error }, 'git receive-pack gave no answer');
    return { head: null, body: Buffer.alloc(0) };
  });
  const asked = commands.commands ?? { updates: [], capabilities: [] };
  const moved =
    asked.updates.length === 0 ? [] : (parsePushReport(body, asked) ?? (await findMoved(exchange.repository, asked)));
  if (moved.length > 0 && !(await record(exchange, moved))) {
    const words = 'the push could not be recorded, nothing was changed; push again';
    return writeWhole(response, { status: 200, headers: receiveHeaders }, makeRefusal(asked, words));
  }
  if (head === null) throw await endedWithoutAnswer(backend);
  writeWhole(response, head, body);
}

const receiveHeaders: BackendHead['headers'] = [
  ['Content-Type', 'application/x-git-receive-pack-result'],
  ['Cache-Control', 'no-cache, max-age=0, must-revalidate'],
];

async function record(exchange: GitExchange, moved: readonly RefUpdate[]): Promise<boolean> {
  try {
    await exchange.onRefsUpdated(moved);
    return true;
  } catch (error) {
    exchange.log.error({ err: error, refs: moved.length }, 'a push could not be recorded; its refs are put back');
    await putBack(exchange.repository, moved).catch((err: unknown) => {
      // A newer push moved the same ref, or the disk is gone. The sweep that compares refs with records finds what is left.
      exchange.log.error({ err }, 'refs could not be put back');
    });
    return false;
  }
}

/** By the refs themselves: those that stand where the push wanted them. */
async function findMoved(repository: string, asked: ReceiveCommands): Promise<readonly RefUpdate[]> {
  const refs = new Map((await listRefs(repository)).map(({ ref, sha }) => [ref, sha]));
  return asked.updates.filter(({ ref, before, after }) => {
    const now = refs.get(ref);
    return before !== after && (isZeroObjectName(after) ? now === undefined : now === after);
  });
}

async function sendBody(
  request: IncomingMessage,
  backend: StreamingProcess,
  limits: GitServerLimits,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  if (request.method === 'GET') return void backend.stdin.end();
  await passBody(request, backend.stdin, { bytes: limits.bodyBytes, idleMs: limits.idleMs }, onChunk);
}

async function readAll(
  backend: StreamingProcess,
): Promise<{ readonly head: BackendHead | null; readonly body: Buffer }> {
  const head = await readBackendHead(backend.stdout);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of backend.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > largestReportBytes) throw new Error(`the report is larger than ${largestReportBytes} bytes`);
    chunks.push(chunk);
  }
  await backend.ended.catch((error: unknown) => {
    // A refused push ends with a code of its own; what matters is in the report.
    if (!(error instanceof CommandFailed) || error.failure !== 'exit_code') throw error;
  });
  return { head, body: Buffer.concat(chunks) };
}

async function endedWithoutAnswer(backend: StreamingProcess): Promise<Error> {
  const why = await backend.ended.then(
    () => backend.stderrTail(),
    (error: Error) => error.message,
  );
  return new Error(`git http-backend ended without an answer: ${why}`);
}

function writeHead(response: ServerResponse, head: BackendHead): void {
  response.statusCode = head.status;
  for (const [name, value] of head.headers) response.setHeader(name, value);
}

function writeWhole(response: ServerResponse, head: BackendHead, body: Buffer): void {
  writeHead(response, head);
  response.end(body);
}

function refuse({ request, response }: GitExchange, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const bad = error instanceof BadGitRequest;
  response.statusCode = bad ? error.status : 500;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  // Whatever of the body is still to come is not read any more.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.end(`${bad ? error.message : 'The git server failed. Try again.'}\n`);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
