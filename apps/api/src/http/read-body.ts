import type { IncomingMessage } from 'node:http';
import { ApiError } from '../endpoint/api-error.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** For the whole body: one byte a second is not a body. */
  readonly timeoutMs: number;
}

/** The raw bytes of a body. Throws `ApiError` too_large (as soon as it is known), too_slow, malformed (cut off). */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) > limits.maxBytes) return Promise.reject(tooLarge(limits));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = (error: Error | null) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      if (error) {
        request.pause();
        reject(error);
      } else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes));
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limits.maxBytes) done(tooLarge(limits));
      else chunks.push(chunk);
    };
    const onEnd = () => done(null);
    const onClose = () => done(new ApiError('malformed', 'The body was cut off'));
    const timer = setTimeout(() => done(tooSlow(limits)), limits.timeoutMs);
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
    if (request.destroyed && !request.readableEnded) onClose();
  });
}

const drainLimits = { maxBytes: 64 * 1024 * 1024, timeoutMs: 10_000 };

/**
 * Reads what is left of a body that was refused, and drops it: a connection that is closed with bytes unread is reset, and the client never
 * sees the answer. A body that goes on for too long is cut all the same.
 */
export function drainBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let bytes = 0;
  const timer = setTimeout(() => request.socket.destroy(), drainLimits.timeoutMs).unref();
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > drainLimits.maxBytes) request.socket.destroy();
  });
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
  request.on('error', () => {});
  request.resume();
}

function tooLarge(limits: BodyLimits): ApiError {
  return new ApiError('too_large', `A body may have ${inWords(limits.maxBytes)} here`);
}

function tooSlow(limits: BodyLimits): ApiError {
  return new ApiError('too_slow', `The body did not arrive within ${limits.timeoutMs / 1000} s`, {
    headers: { connection: 'close' },
  });
}

function inWords(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes / 1024} KiB`;
}
