import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that sends exactly the bytes it is told, and keeps all that comes back. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  received = '';
  isEnded = false;
  isClosed = false;
  error: NodeJS.ErrnoException | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
    });
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves with all received once it contains `text`; rejects when it never does. */
  async until(text: string | RegExp): Promise<string> {
    await until(
      () => (typeof text === 'string' ? this.received.includes(text) : text.test(this.received)),
      () => `${String(text)} in ${JSON.stringify(this.received.slice(0, 2_000))}`,
    );
    return this.received;
  }

  /** Resolves with all received once the other side has ended. */
  async ended(): Promise<string> {
    await until(
      () => this.isEnded || this.isClosed,
      () => `the end after ${JSON.stringify(this.received.slice(0, 2_000))}`,
    );
    return this.received;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** One request on a connection of its own; resolves with all that came until the gateway closed it. */
export async function exchangeRaw(port: number, text: string): Promise<string> {
  using client = await RawClient.open(port);
  client.send(text);
  return await client.ended();
}

/** For what never comes: nothing here takes as long on any machine. */
const patienceMs = 60_000;

/** Waits for a condition with a deadline. */
export async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`within ${patienceMs} ms there was no ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}
