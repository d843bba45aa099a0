import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { closeFrame, textFrame } from '../calls/frame-scanner.ts';

type Speak = (socket: Socket, request: IncomingMessage) => void;

const from = 'x-sconce-release: r7\r\nx-sconce-replica: abcdef012345\r\nx-request-id: req-12345\r\n';

function open(
  socket: Socket,
  request: IncomingMessage,
  more = '',
  key = request.headers['sec-websocket-key'] ?? '',
): void {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\nset-cookie: sconce=stolen\r\n${more}${from}\r\n`,
  );
}

/** What a browser sent, unmasked: opcode and payload of each whole frame. */
export function readFrames(
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly end: number }[] {
  const frames = [];
  for (let at = 0; at + 6 <= bytes.length; ) {
    const short = bytes.readUInt8(at + 1) & 0x7f;
    const more = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length = more === 0 ? short : more === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const begin = at + 2 + more + 4;
    if (begin + length > bytes.length) break;
    const mask = bytes.subarray(begin - 4, begin);
    const payload = Buffer.from(
      bytes.subarray(begin, begin + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)),
    );
    frames.push({ opcode: bytes.readUInt8(at) & 15, payload, end: begin + length });
    at = begin + length;
  }
  return frames;
}

/** Services that speak WebSocket, well or badly; which one hangs on the path's last part. */
export const sockets: Readonly<Record<string, Speak>> = {
  /** Says what it was asked, then how large what it gets is; `bye` makes it close. */
  talk: (socket, request) => {
    open(socket, request, request.headers['sec-websocket-protocol'] ? 'sec-websocket-protocol: chat\r\n' : '');
    socket.write(textFrame(JSON.stringify({ url: request.url, headers: request.headers })));
    let held = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      const frames = readFrames(held);
      held = held.subarray(frames.at(-1)?.end ?? 0);
      for (const { opcode, payload } of frames) {
        if (opcode === 8) socket.end(Buffer.concat([Buffer.from([0x88, payload.length]), payload]));
        else if (payload.toString() === 'bye') socket.write(closeFrame(4_001, 'as you wish'));
        else socket.write(textFrame(`${opcode} ${payload.length}`));
      }
    });
  },
  flood: (socket, request) => {
    open(socket, request);
    const frame = textFrame('x'.repeat(60_000));
    const more = () => {
      while (!socket.destroyed && socket.write(frame));
    };
    socket.on('drain', more);
    more();
  },
  /** Begins a frame, and leaves it there. */
  half: (socket, request) => {
    open(socket, request);
    socket.write(Buffer.from([0x81, 100, 0x61]));
  },
  silent: (socket, request) => open(socket, request),
  gone: (socket, request) => {
    open(socket, request);
    socket.destroySoon();
  },
  refused: (socket) =>
    socket.end(`HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 9\r\n${from}\r\n<b>no</b>`),
  'refused-endless': (socket) => {
    socket.write(`HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n${from}\r\n`);
    const more = () => {
      while (!socket.destroyed && socket.write(`400\r\n${'x'.repeat(1_024)}\r\n`));
    };
    socket.on('drain', more);
    more();
  },
  moved: (socket) => socket.end('HTTP/1.1 302 Found\r\nlocation: ws://169.254.169.254/\r\ncontent-length: 0\r\n\r\n'),
  'wrong-accept': (socket, request) => open(socket, request, '', 'another'),
  'wrong-protocol': (socket, request) => open(socket, request, 'sec-websocket-protocol: evil\r\n'),
  extension: (socket, request) => open(socket, request, 'sec-websocket-extensions: permessage-deflate\r\n'),
  'never-opens': () => {},
  broken: (socket) => socket.destroy(),
};
