import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { CallHead } from '@sconce/contract';
import { ApiError } from '../endpoint/api-error.ts';
import { drainBody } from '../http/read-body.ts';
import type { GatewayRequest } from './compose-call.ts';
import { toCallHead } from './to-call-head.ts';

export interface CallLimits {
  /** Of a body, and of an answer. */
  readonly bytes: number;
  /** Until the answer begins, the whole upload included. */
  readonly firstByteMs: number;
  /** Until it has ended. */
  readonly totalMs: number;
}

/** What a service answered, as it comes. */
export interface Relayed {
  readonly head: CallHead;
  readonly body: IncomingMessage;
}

/**
 * Sends one request to the gateway with the body as it comes in, and resolves with the answer's head. The gateway alone is ever asked:
 * its address is configuration. Throws `ApiError` too_large, too_slow, call_timed_out, gateway_unreachable; the signal's reason when it aborts.
 */
export function forwardCall(
  gatewayUrl: string,
  incoming: IncomingMessage,
  call: GatewayRequest,
  limits: CallLimits,
  signal: AbortSignal,
): Promise<Relayed> {
  const declared = Number(incoming.headers['content-length'] ?? 0);
  if (declared > limits.bytes) return Promise.reject(tooLarge(limits));
  const { send, isSecure, address } = gatewayAt(gatewayUrl);
  // A connection of its own: one that idled may be closed just as it is used again, and a call is not sent twice. Not announced as the last
  // on it, or a server that answers early closes it over the rest of the body, and its answer is lost.
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const { method, target, headers } = call;
    const outgoing = send({
      ...address,
      method,
      path: target,
      headers: { ...headers },
      agent,
      maxHeaderSize: 64 * 1024,
      signal,
    });
    outgoing.once('close', () => agent.destroy());
    const fail = (error: Error) => {
      clearTimeout(timer);
      incoming.unpipe(outgoing);
      outgoing.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(incoming.complete ? timedOut(limits) : tooSlow(limits)), limits.firstByteMs);
    outgoing.once('response', (answer) => {
      clearTimeout(timer);
      // It may answer before it has read everything.
      if (!incoming.complete) {
        incoming.unpipe(outgoing);
        drainBody(incoming);
      }
      answer.once('close', () => agent.destroy());
      resolve({ head: toCallHead(answer, method, performance.now() - startedAt), body: answer });
    });
    outgoing.on('error', (error) => fail(signal.aborted ? (signal.reason as Error) : unreachable(error)));
    incoming.once('error', () => fail(new ApiError('malformed', 'The body was cut off')));
    sendBody(incoming, outgoing, limits, fail);
  });
}

/** Where the gateway listens, and how it is asked there. */
export function gatewayAt(gatewayUrl: string) {
  const { protocol, hostname, port } = new URL(gatewayUrl);
  const isSecure = protocol === 'https:';
  // In brackets it is no address to connect to.
  const address = { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port: port || null };
  return { send: isSecure ? httpsRequest : httpRequest, isSecure, address };
}

function sendBody(
  incoming: IncomingMessage,
  outgoing: ClientRequest,
  limits: CallLimits,
  fail: (error: Error) => void,
): void {
  let bytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.bytes) fail(tooLarge(limits));
  });
  incoming.pipe(outgoing);
}

function tooLarge(limits: CallLimits): ApiError {
  return new ApiError('too_large', `A call through the platform may send ${limits.bytes / 1_048_576} MiB`, {
    hint: 'Call the service at the gateway’s address: there is no such limit there.',
  });
}

function tooSlow(limits: CallLimits): ApiError {
  return new ApiError('too_slow', `The body did not arrive within ${limits.firstByteMs / 1_000} s`, {
    headers: { connection: 'close' },
  });
}

export function timedOut(limits: CallLimits): ApiError {
  return new ApiError('call_timed_out', `The service did not begin to answer within ${limits.firstByteMs / 1_000} s`, {
    hint: 'Its log says what it is doing. At the gateway’s address calls may take longer.',
  });
}

export function unreachable(cause: Error): ApiError {
  const code = 'code' in cause ? String(cause.code) : '';
  const what = code.startsWith('HPE_') ? 'The answer could not be read' : 'The gateway does not answer';
  const error = new ApiError('gateway_unreachable', what, { hint: 'Is the gateway up? `sconce status` says so.' });
  error.cause = cause;
  return error;
}
