import type { IncomingMessage } from 'node:http';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** The request is not one that can be served; `status` says how to answer. */
export class BadGitRequest extends Error {
  override readonly name = 'BadGitRequest';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface BodyLimits {
  /** Of the body as it is after decompression. */
  readonly bytes: number;
  /** Longest pause between two pieces of it. */
  readonly idleMs: number;
}

/**
 * Hands the request's body on to `into`, decompressed, at the pace of both. Throws `BadGitRequest` when it is too large, too slow or
 * broken off. `onChunk` sees every piece first; what it throws ends the transfer.
 */
export async function passBody(
  request: IncomingMessage,
  into: Writable,
  limits: BodyLimits,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const gzip = encoding === 'gzip' || encoding === 'x-gzip';
  if (!gzip && encoding !== 'identity')
    throw new BadGitRequest(415, `Content-Encoding ${encoding.slice(0, 40)} is not supported.`);
  const meter = meterBody(limits, onChunk);
  try {
    await (gzip ? pipeline(request, createGunzip(), meter.stream, into) : pipeline(request, meter.stream, into));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (error instanceof BadGitRequest) throw error;
    // Git has stopped reading: its own answer says why.
    if (code === 'EPIPE' || (code === 'ERR_STREAM_PREMATURE_CLOSE' && request.complete)) return;
    if (code.startsWith('Z_')) throw new BadGitRequest(400, 'The body is no gzip.');
    throw new BadGitRequest(400, `The body broke off: ${(error as Error).message}`);
  } finally {
    meter.stop();
  }
}

function meterBody(limits: BodyLimits, onChunk: (chunk: Buffer) => void): { readonly stream: Transform; stop(): void } {
  let bytes = 0;
  const idle = setTimeout(
    () => stream.destroy(new BadGitRequest(408, `Nothing came for ${limits.idleMs} ms.`)),
    limits.idleMs,
  );
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      idle.refresh();
      bytes += chunk.byteLength;
      if (bytes > limits.bytes)
        return done(new BadGitRequest(413, `The request is larger than ${limits.bytes} bytes.`));
      try {
        onChunk(chunk);
        done(null, chunk);
      } catch (error) {
        done(new BadGitRequest(400, (error as Error).message));
      }
    },
    flush(done) {
      clearTimeout(idle);
      done();
    },
  });
  return { stream, stop: () => clearTimeout(idle) };
}
