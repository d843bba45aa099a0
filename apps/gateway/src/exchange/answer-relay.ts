import { BodyDecoder } from '../http/body-decoder.ts';
import { Malformed } from '../http/malformed.ts';
import type { ResponseHead } from '../http/parse-response-head.ts';
import { writeChunked, writeMessage } from '../http/write-message.ts';
import { AnswerReader } from './answer-reader.ts';
import { type AnswerPlan, composeAnswer, composeInterim, planAnswer } from './compose-answer.ts';
import type { Exchange } from './exchange.ts';

const nothing = Buffer.alloc(0);

/** Carries a replica's answer to the client. Throws Malformed when it is none. */
export class AnswerRelay {
  private readonly exchange: Exchange;
  private readonly reader: AnswerReader;
  private decoder: BodyDecoder | null = null;
  private plan: AnswerPlan = { framing: 'none', close: true };
  private head: ResponseHead | null = null;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
    this.reader = new AnswerReader(exchange.head.method, exchange.options.context.limits);
  }

  get hasBegun(): boolean {
    return this.reader.hasBegun;
  }

  get status(): number {
    return this.head?.status ?? 0;
  }

  take(bytes: Buffer): void {
    if (this.decoder !== null) {
      this.relay(this.decoder, '', bytes, 0);
      return;
    }
    const final = this.reader.read(bytes, (head) => this.passInterim(head));
    if (final === null) return;
    this.head = final.head;
    if (final.head.status === 101) this.exchange.openTunnel(final.head, final.bytes.subarray(final.at));
    else this.start(final.head, final.bytes, final.at);
  }

  /** The replica closed. True when the answer is complete with that; false when it was not. */
  endByClose(): boolean {
    const { decoder } = this;
    if (decoder === null || decoder.isDone || !decoder.endByClose()) return false;
    const { socket } = this.exchange.options.client;
    if (this.plan.framing === 'chunked') writeChunked(socket, '', nothing, 0, 0, '');
    this.exchange.finish({ reusable: false, close: this.plan.close });
    return true;
  }

  private start(head: ResponseHead, bytes: Buffer, at: number): void {
    const { exchange } = this;
    const { context, requestId } = exchange.options;
    const mustClose = context.isStopping || !exchange.upload.isDone;
    this.plan = planAnswer(exchange.head, head, mustClose);
    this.decoder = new BodyDecoder(head.framing, head.contentLength);
    const { release, replicaId: replica } = exchange;
    const text = composeAnswer(exchange.head, head, this.plan, { release, replica, requestId });
    this.relay(this.decoder, text, bytes, at);
  }

  private relay(decoder: BodyDecoder, headText: string, bytes: Buffer, from: number): void {
    const { exchange } = this;
    const { client } = exchange.options;
    const end = decoder.decode(bytes, from);
    const hasExtra = end < bytes.length;
    if (hasExtra && headText !== '') throw new Malformed('answer_malformed', 'More follows than its length declares.');
    exchange.noteAnswering();
    const { payloadStart, payloadEnd } = decoder;
    const ready =
      this.plan.framing === 'chunked'
        ? writeChunked(
            client.socket,
            headText,
            bytes,
            payloadStart,
            payloadEnd,
            decoder.isDone ? decoder.trailers : null,
          )
        : writeMessage(client.socket, headText, bytes, payloadStart, payloadEnd);
    if (decoder.isDone) {
      const reusable = !hasExtra && this.head?.keepAlive === true && exchange.upload.isDone;
      exchange.finish({ reusable, close: this.plan.close, idleTimeoutMs: this.head?.idleTimeoutMs ?? null });
    } else if (!ready) exchange.upstream?.socket.pause();
  }

  private passInterim(head: ResponseHead): void {
    const request = this.exchange.head;
    const isWanted = head.status === 100 ? request.expectContinue : head.status === 102 || head.status === 103;
    if (isWanted && request.minorVersion === 1)
      this.exchange.options.client.socket.write(composeInterim(head), 'latin1');
  }
}
