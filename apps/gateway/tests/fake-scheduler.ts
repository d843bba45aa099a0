import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type GatewayToScheduler, gatewayToSchedulerSchema, type SchedulerToGateway } from '@sconce/contract';
import { type WebSocket, WebSocketServer } from 'ws';
import { until } from './raw-client.ts';

type MessageOf<T extends GatewayToScheduler['type']> = Extract<GatewayToScheduler, { type: T }>;

/** The scheduler's end of the link: keeps what gateways say, says what a test wants. */
export class FakeScheduler implements AsyncDisposable {
  readonly messages: GatewayToScheduler[] = [];
  readonly authorizations: (string | undefined)[] = [];
  answersPings = true;
  private readonly server: WebSocketServer;
  private readonly sockets: WebSocket[] = [];

  private constructor(server: WebSocketServer) {
    this.server = server;
    server.on('connection', (socket, request: IncomingMessage) => {
      this.sockets.push(socket);
      this.authorizations.push(request.headers.authorization);
      socket.on('error', () => {});
      socket.on('message', (data) => {
        const message = gatewayToSchedulerSchema.parse(JSON.parse(String(data)));
        this.messages.push(message);
        if (message.type === 'ping' && this.answersPings) socket.send('{"type":"pong"}');
      });
    });
  }

  static async start(port = 0): Promise<FakeScheduler> {
    const server = new WebSocketServer({ port, host: '127.0.0.1' });
    await once(server, 'listening');
    return new FakeScheduler(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get link(): { url: string; token: string } {
    return { url: `ws://127.0.0.1:${this.port}/`, token: 'a-token-that-is-long-enough' };
  }

  get connections(): number {
    return this.sockets.length;
  }

  send(message: SchedulerToGateway): void {
    this.sendRaw(JSON.stringify(message));
  }

  sendRaw(text: string): void {
    const socket = this.sockets.at(-1);
    // Else it would be lost, now and then, where a test was quicker than the link.
    if (socket === undefined) throw new Error('no gateway has linked itself yet');
    socket.send(text);
  }

  cut(): void {
    this.sockets.at(-1)?.terminate();
  }

  of<T extends GatewayToScheduler['type']>(type: T): MessageOf<T>[] {
    return this.messages.filter((message): message is MessageOf<T> => message.type === type);
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await until(condition, () => `${what} in ${JSON.stringify(this.messages.slice(-20))}`);
  }

  async linked(): Promise<void> {
    await this.until(() => this.of('hello').length > 0, 'hello');
  }

  async acked(version: number): Promise<void> {
    await this.until(() => this.of('ack').some((ack) => ack.version === version), `ack of ${version}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
