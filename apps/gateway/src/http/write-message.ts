import type { Socket } from 'node:net';

/** Up to here a copy into one write costs less than a second buffer in a vectored one. */
const copyUpToBytes = 8 * 1024;

/**
 * Writes a head (or nothing) and a piece of body in one go. Framing is always ours: no size or delimiter of the other
 * side's is ever passed on. Returns false when the receiver is slower than we are.
 */
export function writeMessage(socket: Socket, head: string, bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= copyUpToBytes) {
    const text = end > start ? head + bytes.toString('latin1', start, end) : head;
    if (text !== '') socket.write(text, 'latin1');
    return keepsUp(socket);
  }
  socket.cork();
  if (head !== '') socket.write(head, 'latin1');
  socket.write(bytes.subarray(start, end));
  socket.uncork();
  return keepsUp(socket);
}

/** The same for a chunked body; `trailers` is null until the body has ended. */
export function writeChunked(
  socket: Socket,
  head: string,
  bytes: Buffer,
  start: number,
  end: number,
  trailers: string | null,
): boolean {
  const last = trailers === null ? '' : `0\r\n${trailers}\r\n`;
  if (end === start) return writeMessage(socket, head + last, bytes, 0, 0);
  const before = `${head}${(end - start).toString(16)}\r\n`;
  if (end - start <= copyUpToBytes) {
    socket.write(`${before}${bytes.toString('latin1', start, end)}\r\n${last}`, 'latin1');
    return keepsUp(socket);
  }
  socket.cork();
  socket.write(before, 'latin1');
  socket.write(bytes.subarray(start, end));
  socket.write(`\r\n${last}`, 'latin1');
  socket.uncork();
  return keepsUp(socket);
}

/**
 * What `write` returns says only how much was given, also when the kernel took all of it at once. Stopping the other side for
 * that would cost more than the write. When this is false, `drain` follows.
 */
export function keepsUp(socket: Socket): boolean {
  return socket.writableLength < socket.writableHighWaterMark;
}
