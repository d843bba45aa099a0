import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { WebSocket } from 'ws';
import type { Connection } from './connect.ts';
import { toRefusal, toUnavailable } from './kubernetes-errors.ts';

const handshakeMs = 20_000;
/** More in one message is none of an API server. */
const mostBytes = 16 * 1024 * 1024;
/** What stands between ends connections that are silent for long, and tells nobody. */
const keepAliveMs = 30_000;
const mostRefusalBytes = 4_000;

/** Opens a WebSocket at the API server; `search` begins with `?`. Throws as `KubernetesApi` does. */
export async function openSocket(
  connection: Connection,
  attempt: string,
  path: string,
  search: string,
  protocol: string,
): Promise<WebSocket> {
  const { server, tls } = connection;
  const { hostname } = new URL(server);
  const options = {
    // An address is no name that TLS could ask for (RFC 6066, 3).
    ...(isIP(hostname.replace(/[[\]]/g, '')) ? { servername: '' } : {}),
    ...tls,
    headers: await connection.headers(),
    handshakeTimeout: handshakeMs,
    maxPayload: mostBytes,
    perMessageDeflate: false,
  };
  const socket = new WebSocket(`${server.replace(/^http/, 'ws')}${path}${search}`, [protocol], options);
  return new Promise((resolve, reject) => {
    // Each failure shows here first; later ones show as its end.
    socket.on('error', (error) => reject(toUnavailable(attempt, error)));
    socket.once('upgrade', ({ socket: wire }) => wire.setKeepAlive(true, keepAliveMs));
    socket.once('unexpected-response', (request, response) => {
      void readRefusal(response).then((body) => {
        request.destroy();
        reject(toRefusal(attempt, response.statusCode ?? 500, body));
      });
    });
    socket.once('open', () => {
      // Nothing is read before somebody listens.
      socket.pause();
      resolve(socket);
    });
  });
}

async function readRefusal(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > mostRefusalBytes) break;
    }
  } catch {
    // What came is enough to be told.
  }
  return Buffer.concat(chunks);
}
