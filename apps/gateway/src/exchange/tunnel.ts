import type { ClientConnection } from '../client/client-connection.ts';
import { Malformed } from '../http/malformed.ts';
import type { ResponseHead } from '../http/parse-response-head.ts';
import { keepsUp } from '../http/write-message.ts';
import type { UpstreamConnection, UpstreamUser } from '../upstream/upstream-connection.ts';

/** What was switched to. Throws when the replica chose something the client had not offered. */
export function checkSwitch(offer: string | null, answer: ResponseHead): string {
  const offered = offer?.toLowerCase().split(/[\s,]+/) ?? [];
  if (answer.upgrade === null || !offered.includes(answer.upgrade.toLowerCase())) {
    throw new Malformed('answer_malformed', 'It switches to a protocol nobody asked for.');
  }
  return answer.upgrade;
}

/** After a 101: bytes go both ways as they are, half-closes too, until either side is gone. */
export class Tunnel implements UpstreamUser {
  private readonly client: ClientConnection;
  private readonly upstream: UpstreamConnection;
  private readonly onOver: () => void;

  constructor(client: ClientConnection, upstream: UpstreamConnection, onOver: () => void) {
    this.client = client;
    this.upstream = upstream;
    this.onOver = onOver;
  }

  onUpstreamConnected(): void {}

  onUpstreamData(bytes: Buffer): boolean {
    const { socket } = this.client;
    socket.write(bytes);
    if (!keepsUp(socket)) this.upstream.socket.pause();
    return socket.writableLength > 0;
  }

  onUpstreamDrain(): void {
    this.client.resumeReading();
  }

  onUpstreamEnd(): void {
    this.client.socket.end();
  }

  onUpstreamGone(error: Error | null): void {
    this.onOver();
    if (error === null) this.client.closeGently();
    else this.client.cut();
  }

  onClientData(bytes: Buffer): void {
    this.upstream.socket.write(bytes);
    if (!keepsUp(this.upstream.socket)) this.client.pauseReading();
    if (this.upstream.socket.writableLength > 0) this.client.keepBytes();
  }

  onClientDrain(): void {
    if (this.upstream.socket.isPaused()) this.upstream.socket.resume();
  }

  onClientEnd(): void {
    this.upstream.socket.end();
  }
}
