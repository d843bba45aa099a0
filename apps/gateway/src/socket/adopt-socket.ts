import { Socket, type SocketConstructorOpts } from 'node:net';
import type { ReadBuffer } from './read-buffer.ts';

/**
 * Makes an accepted socket read into memory of ours. `onread` is documented for sockets one makes, not for those a server accepts, so the
 * handle of an accepted, paused one is put into a new one: an undocumented option, as old as `net`. Should a later Node lack
 * it, the socket is used as it is, which is slower and nothing else.
 *
 * `onBytes` may only use the bytes during the call.
 */
export function adoptSocket(accepted: Socket, memory: ReadBuffer, onBytes: (bytes: Buffer) => void): Socket {
  const holder = accepted as unknown as { _handle?: object | null };
  if (!holder._handle) {
    accepted.on('data', onBytes);
    accepted.resume();
    return accepted;
  }
  const options: SocketConstructorOpts = {
    allowHalfOpen: true,
    onread: {
      buffer: () => memory.current,
      callback: (length, bytes) => {
        onBytes((bytes as Buffer).subarray(0, length));
        return true;
      },
    },
  };
  const socket = new Socket(Object.assign(options, { handle: holder._handle }));
  holder._handle = null;
  // The server counts the one it accepted.
  socket.on('close', () => accepted.destroy());
  return socket;
}
