import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { adoptSocket } from './adopt-socket.ts';
import { ReadBuffer } from './read-buffer.ts';

describe('adoptSocket', () => {
  it('reads an accepted socket into the given memory, and the server still counts it', async () => {
    const memory = new ReadBuffer();
    const first = memory.current;
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const read = Promise.withResolvers<Buffer>();
    const socket = adoptSocket(accepted, memory, (bytes) => read.resolve(bytes));
    client.write('hello');
    const bytes = await read.promise;
    expect(bytes.toString()).toBe('hello');
    expect(bytes.buffer).toBe(first.buffer);
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
    client.destroy();
    server.close();
    await once(server, 'close');
  });

  it('uses a socket without a handle as it is', async () => {
    const plain = new PassThrough();
    const read = Promise.withResolvers<Buffer>();
    expect(adoptSocket(plain as unknown as Socket, new ReadBuffer(), (bytes) => read.resolve(bytes))).toBe(plain);
    plain.write('hello');
    expect((await read.promise).toString()).toBe('hello');
  });
});

describe('ReadBuffer', () => {
  it('grows once it was filled, and is another one when what was read is kept', () => {
    const memory = new ReadBuffer();
    const small = memory.current;
    memory.afterRead(10, false);
    expect(memory.current).toBe(small);
    memory.afterRead(10, true);
    expect(memory.current).not.toBe(small);
    memory.afterRead(memory.current.length, false);
    const large = memory.current;
    expect(large.length).toBe(64 * 1024);
    memory.afterRead(large.length, false);
    expect(memory.current).toBe(large);
    memory.afterRead(large.length, true);
    expect(memory.current).not.toBe(large);
    memory.release();
  });
});
