import type { ClientConnection } from '../client/client-connection.ts';
import { BodyDecoder } from '../http/body-decoder.ts';
import type { RequestHead } from '../http/parse-request-head.ts';
import { writeChunked, writeMessage } from '../http/write-message.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { isIdempotent } from './compose-request.ts';

const nothing = Buffer.alloc(0);
/** A body that went out whole with its head is kept for one more try up to this size. */
const repeatUpToBytes = 64 * 1024;

/** Carries a request to a replica: the head, then the body as the client sends it. */
export class UploadRelay {
  private readonly client: ClientConnection;
  private readonly head: RequestHead;
  private readonly decoder: BodyDecoder;
  private upstream: UpstreamConnection | null = null;
  private sentBody = false;
  private repeatable: Buffer | null = null;

  constructor(client: ClientConnection, head: RequestHead) {
    this.client = client;
    this.head = head;
    this.decoder = new BodyDecoder(head.framing, head.contentLength);
  }

  /** The client has sent everything. */
  get isDone(): boolean {
    return this.decoder.isDone;
  }

  /** There is somewhere to send the body to. */
  get isOpen(): boolean {
    return this.upstream !== null;
  }

  /** Sends the head, with as much of the body as has come, to the replica now chosen. */
  begin(upstream: UpstreamConnection, headText: string): void {
    this.upstream = upstream;
    if (this.repeatable !== null) {
      writeMessage(upstream.socket, headText, this.repeatable, 0, this.repeatable.length);
      return;
    }
    const bytes = this.decoder.isDone ? null : this.client.takeUnread();
    // It may have been stopped because nobody took what it sent; and one that stays stopped is not seen to leave.
    this.client.resumeReading();
    this.forward(upstream, headText, bytes ?? nothing);
    const mayRepeat = this.decoder.isDone && this.head.framing === 'length' && isIdempotent(this.head.method);
    if (mayRepeat && bytes !== null) this.keepForRepeat(bytes);
  }

  /** More of the body came. */
  take(bytes: Buffer): void {
    if (this.upstream !== null) this.forward(this.upstream, '', bytes);
  }

  /** The replica is lost; `begin` may follow with another. */
  leave(): void {
    this.upstream = null;
  }

  /**
   * Whether the request may go out once more after it went to a replica that said nothing (RFC 9110 section 9.2.2): when sending
   * twice means no more than once and all of it is still here, or when none of its body had been sent.
   */
  canRepeat(): boolean {
    if (!this.sentBody) return isIdempotent(this.head.method) || !this.decoder.isDone;
    return this.repeatable !== null;
  }

  private forward(upstream: UpstreamConnection, headText: string, bytes: Buffer): void {
    const { decoder } = this;
    const wasDone = decoder.isDone;
    const end = decoder.decode(bytes, 0);
    if (end < bytes.length) this.client.putBack(bytes.subarray(end));
    const isChunked = this.head.framing === 'chunked' && !wasDone;
    if (decoder.payloadEnd > decoder.payloadStart || (isChunked && decoder.isDone)) this.sentBody = true;
    const ready = isChunked
      ? writeChunked(
          upstream.socket,
          headText,
          bytes,
          decoder.payloadStart,
          decoder.payloadEnd,
          decoder.isDone ? decoder.trailers : null,
        )
      : writeMessage(upstream.socket, headText, bytes, decoder.payloadStart, decoder.payloadEnd);
    if (!ready && !decoder.isDone) this.client.pauseReading();
    // What the replica has not taken yet may be these very bytes.
    if (upstream.socket.writableLength > 0) this.client.keepBytes();
  }

  private keepForRepeat(bytes: Buffer): void {
    const { payloadStart, payloadEnd } = this.decoder;
    if (payloadEnd - payloadStart <= repeatUpToBytes)
      this.repeatable = Buffer.from(bytes.subarray(payloadStart, payloadEnd));
  }
}
