import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { ApiContext } from '../context.ts';
import type { Followed } from '../endpoint/call.ts';
import { toWire } from '../endpoint/to-wire.ts';

export type StreamFormat = 'sse' | 'ndjson';

const heartbeatMs = 15_000;
/** A client that takes nothing for so long is cut; it comes back and resumes. */
const stuckMs = 20_000;
const largestWrite = 64 * 1024;

/** Which stream the Accept header asks for; null: none, a page of history is meant. */
export function streamFormatOf(accept: string | undefined): StreamFormat | null {
  if (accept === undefined) return null;
  if (/\btext\/event-stream\b/i.test(accept)) return 'sse';
  return /\bapplication\/(?:x-)?ndjson\b/i.test(accept) ? 'ndjson' : null;
}

/** Sends items as they come, at the client's pace. What waits for a slow client is at most one write, however much there is to tell. */
export async function sendStream(
  context: ApiContext,
  reply: FastifyReply,
  followed: Followed<unknown>,
  format: StreamFormat,
  signal: AbortSignal,
): Promise<void> {
  const headers = reply.getHeaders();
  reply.hijack();
  const { raw } = reply;
  const type = format === 'sse' ? 'text/event-stream; charset=utf-8' : 'application/x-ndjson; charset=utf-8';
  raw.writeHead(200, {
    ...(headers as Record<string, string>),
    'content-type': type,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  if (format === 'sse') raw.write('retry: 1000\n: open\n\n');
  else raw.flushHeaders();
  const heartbeat = setInterval(() => format === 'sse' && raw.write(': alive\n\n'), heartbeatMs);
  try {
    for await (const batch of followed.batches) {
      for (const text of toWrites(batch, format)) await writePaced(raw, text, signal);
      if (signal.aborted) break;
    }
    const end = signal.aborted ? null : followed.end?.();
    if (end && format === 'sse') raw.write(`event: end\ndata: ${JSON.stringify(toWire(end))}\n\n`);
  } catch (error) {
    if (!signal.aborted && !raw.destroyed) context.deps.log.warn({ err: error }, 'a stream was cut');
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}

function* toWrites(
  batch: readonly { readonly id: string; readonly item: unknown }[],
  format: StreamFormat,
): Generator<string> {
  let text = '';
  for (const { id, item } of batch) {
    const json = JSON.stringify(toWire(item));
    text += format === 'sse' ? `id: ${id}\ndata: ${json}\n\n` : `${json}\n`;
    if (text.length >= largestWrite) {
      yield text;
      text = '';
    }
  }
  if (text !== '') yield text;
}

async function writePaced(raw: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || raw.destroyed || raw.write(text)) return;
  const drained = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => done(false), stuckMs);
    const done = (went: boolean) => {
      clearTimeout(timer);
      raw.off('drain', onDrain).off('close', onDrain);
      resolve(went);
    };
    const onDrain = () => done(true);
    raw.once('drain', onDrain).once('close', onDrain);
  });
  if (!drained) raw.destroy();
}
