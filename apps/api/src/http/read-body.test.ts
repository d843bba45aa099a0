import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readBody } from './read-body.ts';

const limits = { maxBytes: 100, timeoutMs: 60_000 };
const request = (headers: Record<string, string> = {}) =>
  Object.assign(new PassThrough(), { headers }) as PassThrough & { headers: object };
const read = (body: PassThrough, changes: Partial<typeof limits> = {}) =>
  readBody(body as unknown as IncomingMessage, { ...limits, ...changes });

describe('readBody', () => {
  it('answers the bytes as they came, however they were cut', async () => {
    const body = request();
    const reading = read(body);
    for (const piece of ['a', 'bc', 'd']) body.write(piece);
    body.end();
    expect((await reading).toString()).toBe('abcd');
    expect(await read(request().end() as PassThrough)).toHaveLength(0);
  });

  it('takes what is just allowed, and refuses one byte more, said or sent', async () => {
    expect(await read(request({ 'content-length': '100' }).end(Buffer.alloc(100)) as PassThrough)).toHaveLength(100);
    await expect(read(request({ 'content-length': '101' }))).rejects.toMatchObject({ code: 'too_large' });
    await expect(read(request().end(Buffer.alloc(101)) as PassThrough)).rejects.toMatchObject({ code: 'too_large' });
  });

  it('does not wait for ever for a body that trickles', async () => {
    const body = request();
    const trickle = setInterval(() => body.write('x'), 10);
    await expect(read(body, { timeoutMs: 80 })).rejects.toMatchObject({ code: 'too_slow' });
    clearInterval(trickle);
  });

  it('refuses one that breaks off', async () => {
    const body = request();
    const reading = read(body);
    body.write('half');
    body.destroy();
    await expect(reading).rejects.toMatchObject({ code: 'malformed' });
  });
});
