import type { IncomingMessage } from 'node:http';
import { ApiProblem, type ExecFromClient, type ExecToClient, execChannels, type Problem } from '@sconce/contract';
import { WebSocket } from 'ws';
import type { Context } from '../context.ts';
import { CliFailure, exitCodes, Interrupted } from '../exit-code.ts';
import { handOnInput } from './hand-on-input.ts';

export interface ExecToOpen {
  readonly url: string;
  readonly token: string;
  readonly context: Context;
  readonly hasTerminal: boolean;
}

const handshakeMs = 60_000;
/** The other side says something every few seconds. */
const longestSilenceMs = 30_000;
const largestMessage = 16 * 1024 * 1024;
const mostRefusalBytes = 64 * 1024;

/** Begins what was prepared, hands on input and output until it ends, and answers its exit code. Throws `ApiProblem`, `CliFailure`, `Interrupted`. */
export async function openExec({ url, token, context, hasTerminal }: ExecToOpen): Promise<number> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), {
    headers: { authorization: `Bearer ${token}` },
    handshakeTimeout: handshakeMs,
    perMessageDeflate: false,
    maxPayload: largestMessage,
  });
  const over = new AbortController();
  const { signal } = over;
  watchSilence(socket, signal);
  try {
    return await new Promise<number>((resolve, reject) => {
      const send = (message: ExecFromClient) => socket.send(JSON.stringify(message), () => {});
      const onStarted = () => handOnInput(socket, context, hasTerminal, send, signal);
      takeOutput(socket, context, { resolve, reject }, onStarted);
      socket.on('error', (error) => reject(unreachable(error)));
      socket.on('unexpected-response', (_request, response) => void readProblem(response).then(reject));
      socket.on('close', (code, reason) => reject(cutOff(code, reason.toString())));
      const onInterrupt = () => reject(new Interrupted('Stopped: the command was ended.'));
      context.signal.addEventListener('abort', onInterrupt, { once: true, signal });
      if (context.signal.aborted) onInterrupt();
    });
  } finally {
    over.abort();
    if (socket.readyState === socket.OPEN) socket.close();
    else socket.terminate();
  }
}

interface End {
  resolve(exitCode: number): void;
  reject(why: Error): void;
}

/** Nothing is read that cannot be written: a slow reader of ours holds the command back. */
function takeOutput(socket: WebSocket, { stdout, stderr }: Context, ended: End, onStarted: () => void): void {
  socket.on('message', (data, isBinary) => {
    if (!isBinary) {
      const message = JSON.parse(String(data)) as ExecToClient | { readonly problem: Problem };
      if ('problem' in message) ended.reject(new ApiProblem(message.problem.status, message.problem, null));
      else if (message.type === 'started') onStarted();
      // All that it said was written before, or waits in the stream.
      else if (message.type === 'ended') ended.resolve(message.exitCode);
      return;
    }
    const bytes = data as Buffer;
    const output = bytes[0] === execChannels.stderr ? stderr : stdout;
    if (output.write(bytes.subarray(1)) || socket.isPaused) return;
    socket.pause();
    output.once('drain', () => socket.resume());
  });
}

function watchSilence(socket: WebSocket, signal: AbortSignal): void {
  let heardAt = performance.now();
  const hear = () => {
    heardAt = performance.now();
  };
  socket.on('ping', hear).on('message', hear).on('open', hear);
  const timer = setInterval(() => {
    // While it is not read from, nothing is heard.
    if (socket.isPaused) hear();
    if (performance.now() - heardAt > longestSilenceMs && socket.readyState === socket.OPEN) socket.terminate();
  }, longestSilenceMs / 6);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function cutOff(code: number, reason: string): CliFailure {
  const said = /^Sconce: (.+)/.exec(reason)?.[1];
  if (said !== undefined) {
    const hint = said === 'access ended' ? 'Its token was revoked, ended, or may do it no more.' : null;
    return new CliFailure(`The command was ended: ${said}`, { code: 'exec_ended', hint });
  }
  return new CliFailure(`The connection to the command broke off (${code})`, {
    exitCode: exitCodes.unreachable,
    code: 'unreachable',
    hint: 'The command is ended with it. Begin anew.',
  });
}

function unreachable(cause: Error): CliFailure {
  const message = `The command could not be reached: ${cause.message}`;
  return new CliFailure(message, { exitCode: exitCodes.unreachable, code: 'unreachable', cause });
}

async function readProblem(response: IncomingMessage): Promise<Error> {
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > mostRefusalBytes) break;
    }
    return new ApiProblem(response.statusCode ?? 0, JSON.parse(text) as Partial<Problem>, null);
  } catch {
    return new ApiProblem(response.statusCode ?? 0, {}, null);
  }
}
