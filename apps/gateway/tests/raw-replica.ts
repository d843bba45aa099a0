import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { until } from './raw-client.ts';

/** One connection that a gateway opened to a raw replica. */
export interface ReplicaConnection {
  readonly socket: Socket;
  received: string;
  /** The gateway ended or reset it. */
  isGone: boolean;
}

/** A replica that answers byte for byte what a test tells it to. */
export class RawReplica implements AsyncDisposable {
  readonly connections: ReplicaConnection[] = [];
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  /** `onData` is called after each piece that came, with everything received so far on the connection. */
  static async start(onData: (connection: ReplicaConnection) => void = () => {}): Promise<RawReplica> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    const replica = new RawReplica(server);
    server.on('connection', (socket) => {
      const connection: ReplicaConnection = { socket, received: '', isGone: false };
      replica.connections.push(connection);
      socket.on('data', (bytes) => {
        connection.received += bytes.toString('latin1');
        onData(connection);
      });
      socket.on('end', () => {
        connection.isGone = true;
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        connection.isGone = true;
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return replica;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The `index`-th connection, once there is one that received `text`. */
  async until(text: string | RegExp, index = 0): Promise<ReplicaConnection> {
    const has = (received: string) => (typeof text === 'string' ? received.includes(text) : text.test(received));
    await until(
      () => has(this.connections[index]?.received ?? ''),
      () =>
        `${String(text)} at connection ${index} in ${JSON.stringify(this.connections.map((each) => each.received.slice(0, 1_000)))}`,
    );
    return this.connections[index] as ReplicaConnection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers each request, once its head is whole, with the given bytes. */
export function answering(text: string): (connection: ReplicaConnection) => void {
  return (connection) => {
    if (!connection.received.includes('\r\n\r\n')) return;
    connection.received = '';
    connection.socket.write(text, 'latin1');
  };
}

export interface HttpReplica extends AsyncDisposable {
  readonly port: number;
  readonly server: HttpServer;
}

/** A replica made of Node's own HTTP server. */
export async function startHttpReplica(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<HttpReplica> {
  const server = createHttpServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Says what it was asked, as JSON. */
export async function startEcho(name = 'echo'): Promise<HttpReplica> {
  return await startHttpReplica((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (bytes: Buffer) => pieces.push(bytes));
    request.on('end', () => {
      const { method, url, headers } = request;
      const text = JSON.stringify({ name, method, url, headers, body: Buffer.concat(pieces).toString('latin1') });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    });
  });
}
