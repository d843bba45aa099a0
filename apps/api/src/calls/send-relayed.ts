import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { callHeaderNames } from '@sconce/contract';
import type { FastifyReply } from 'fastify';
import { securityHeaders } from '../http/headers.ts';
import type { CallLimits, Relayed } from './forward-call.ts';

/**
 * Hands a service's answer back as data. Whatever it is, it is octets to be saved, of a type that no browser runs, shows or sniffs, under a
 * policy that would allow it nothing: a service's page never becomes a page of ours. Its status and its type are said in a header.
 */
export async function sendRelayed(
  reply: FastifyReply,
  { head, body }: Relayed,
  limits: CallLimits,
  signal: AbortSignal,
): Promise<void> {
  const headers = reply.getHeaders() as Record<string, string>;
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...headers,
    ...securityHeaders,
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment; filename="answer"',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'x-accel-buffering': 'no',
    [callHeaderNames.head]: encodeURIComponent(JSON.stringify(head)),
  });
  raw.flushHeaders();
  const enough = AbortSignal.any([signal, AbortSignal.timeout(limits.totalMs)]);
  try {
    await pipeline(body, upTo(limits.bytes), raw, { signal: enough });
  } catch {
    // Cut off, by the service, the client or a limit: a connection that breaks is the only way left to say so.
    body.destroy();
    raw.destroy();
  }
}

function upTo(most: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > most) done(new Error('the answer is larger than is handed back'));
      else done(null, chunk);
    },
  });
}
