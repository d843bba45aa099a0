import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { sockets } from './pretend-sockets.ts';

export interface PretendGateway {
  readonly url: string;
  /** What it was asked, oldest first. */
  readonly seen: IncomingMessage[];
  /** Requests that are under way. */
  open(): number;
  stop(): Promise<void>;
}

/** Answers as a gateway with an unfriendly service behind it would; what it does hangs on the path's last part. */
export async function startPretendGateway(): Promise<PretendGateway> {
  const seen: IncomingMessage[] = [];
  let open = 0;
  const server = createServer((request, response) => {
    seen.push(request);
    open += 1;
    response.once('close', () => {
      open -= 1;
    });
    const name = (request.url ?? '').split('?')[0]?.split('/').at(-1) ?? '';
    const answer = Object.hasOwn(answers, name) ? answers[name] : echo;
    answer?.(request, response);
  });
  const upgraded = new Set<Socket>();
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    seen.push(request);
    open += 1;
    upgraded.add(socket);
    socket.on('error', () => socket.destroy()).on('end', () => socket.end());
    socket.once('close', () => {
      open -= 1;
      upgraded.delete(socket);
    });
    const name = (request.url ?? '').split('?')[0]?.split('/').at(-1) ?? '';
    const speak = Object.hasOwn(sockets, name) ? sockets[name] : sockets.talk;
    speak?.(socket, request);
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    open: () => open,
    stop: () => {
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

type AnswerTo = (request: IncomingMessage, response: ServerResponse) => void;
const from = { 'x-sconce-release': 'r7', 'x-sconce-replica': 'abcdef012345', 'x-request-id': 'req-12345' };

/** What arrived, so that a test sees it. */
const echo: AnswerTo = (request, response) => {
  const hash = createHash('sha256');
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  request.on('end', () => {
    const { method, url, headers } = request;
    response.writeHead(201, { 'content-type': 'application/json', ...from });
    response.end(JSON.stringify({ method, url, headers, bytes, sha256: hash.digest('hex') }));
  });
};

const answers: Readonly<Record<string, AnswerTo>> = {
  page: (_, response) => {
    response.writeHead(200, {
      'content-type': 'text/html',
      'set-cookie': 'sconce=stolen; Path=/',
      'content-security-policy': "script-src 'unsafe-inline'",
      'content-disposition': 'inline',
      'access-control-allow-origin': '*',
      'clear-site-data': '"*"',
      location: 'https://evil.example/',
      ...from,
    });
    response.end('<script>alert(1)</script>');
  },
  moved: (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest', ...from }).end(),
  endless: (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', ...from });
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(64 * 1024)));
    };
    response.on('drain', more);
    more();
  },
  stream: (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...from });
    response.write('data: one\n\n');
  },
  never: () => {},
  broken: (request) => request.socket.destroy(),
  garbage: (request) => request.socket.end('HTTP/1.1 200 OK\r\nbad header line\r\n\r\n'),
  early: (request, response) => {
    response.writeHead(413, { 'content-type': 'text/plain', ...from }).end('too large for me');
    // What is still to come is read away, as a gateway does it: a connection that is closed over it is reset.
    request.resume();
  },
  none: (_, response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
    response.end(JSON.stringify({ code: 'service_unavailable', detail: 'No replica is ready.' }));
  },
  big: (_, response) =>
    response
      .writeHead(200, {
        ...from,
        ...Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`x-${at}`, 'v'.repeat(400)])),
      })
      .end(),
};
