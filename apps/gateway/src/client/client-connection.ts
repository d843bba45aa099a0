import type { Socket } from 'node:net';
import type { Context } from '../context.ts';
import { chooseRequestId, type Peer, plainAddress } from '../exchange/compose-request.ts';
import { Exchange } from '../exchange/exchange.ts';
import { Malformed } from '../http/malformed.ts';
import { parseRequestHead, type RequestHead } from '../http/parse-request-head.ts';
import { findHeadEnd } from '../http/read-head.ts';
import { answerOwnPath, isOwnPath } from '../own-paths.ts';
import { type Problem, renderProblem } from '../problem.ts';
import { routeRequest } from '../route-request.ts';

/** Bytes kept while nobody takes them: a body before its replica is ready, or the next request too early. */
const maxUnreadBytes = 64 * 1024;

type State = 'head' | 'exchange' | 'tunnel' | 'closing';

/** One client's connection: reads one request at a time, and is told what became of it. */
export class ClientConnection {
  readonly socket: Socket;
  readonly peer: Peer;
  private readonly context: Context;
  private state: State = 'head';
  private exchange: Exchange | null = null;
  private unread: Buffer | null = null;
  private searchedTo = 0;
  private isAdvancing = false;
  /** When the request being read began; 0 between requests. */
  private headStartedMs = 0;
  /** Since when this state lasts: idle, or closing. */
  private sinceMs: number;
  private stalledSinceMs = 0;
  private rateFromMs = 0;
  private rateBytes = 0;

  constructor(socket: Socket, context: Context, onClosed: (connection: ClientConnection) => void) {
    this.socket = socket;
    this.context = context;
    this.sinceMs = context.nowMs();
    const address = plainAddress(socket.remoteAddress);
    const isTrusted = context.trustedProxies?.check(address, address.includes(':') ? 'ipv6' : 'ipv4') === true;
    this.peer = { address, isTrusted };
    socket.on('data', (bytes: Buffer) => this.onData(bytes));
    socket.on('drain', () => this.onDrain());
    socket.on('end', () => this.onEnd());
    // What went wrong with a client's connection changes nothing about what follows: it closes.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.state = 'closing';
      this.exchange?.abort();
      this.exchange = null;
      onClosed(this);
    });
  }

  private onData(bytes: Buffer): void {
    if (this.state === 'head') {
      this.unread = this.unread === null ? bytes : Buffer.concat([this.unread, bytes]);
      this.advance();
    } else if (this.state === 'tunnel') this.exchange?.takeTunnel(bytes);
    else if (this.state === 'exchange') this.takeDuringExchange(bytes);
  }

  private takeDuringExchange(bytes: Buffer): void {
    const { exchange } = this;
    this.rateBytes += bytes.length;
    if (exchange !== null && !exchange.upload.isDone && exchange.upload.isOpen) {
      exchange.takeUpload(bytes);
      return;
    }
    this.unread = this.unread === null ? bytes : Buffer.concat([this.unread, bytes]);
    if (this.unread.length >= maxUnreadBytes) this.socket.pause();
  }

  /** Works through what was read, one request after the other, as long as each is answered at once. */
  private advance(): void {
    if (this.isAdvancing) return;
    this.isAdvancing = true;
    // A client that does not take its answers gets no more of them made.
    while (this.state === 'head' && this.unread !== null && !this.socket.writableNeedDrain) {
      if (!this.readRequest()) break;
    }
    this.isAdvancing = false;
  }

  /** False when more bytes are needed. */
  private readRequest(): boolean {
    if (this.headStartedMs === 0) this.headStartedMs = this.context.nowMs();
    let head: RequestHead | null = null;
    try {
      head = this.readHead();
      if (head === null) return false;
      this.state = 'exchange';
      this.beginRequest(head);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.refuseUnrouted(error, head);
    }
    return true;
  }

  private readHead(): RequestHead | null {
    const { limits } = this.context;
    const bytes = this.unread;
    if (bytes === null) return null;
    // One empty line before a request is forgiven (RFC 9112 section 2.2): old clients send one after a body.
    const from = bytes[0] === 13 && bytes[1] === 10 ? 2 : 0;
    const end = bytes.length === 1 && bytes[0] === 13 ? -1 : findHeadEnd(bytes, from, this.searchedTo);
    const size = (end < 0 ? bytes.length : end) - from;
    if (size > limits.requestLineBytes) this.checkSizes(bytes, from, size);
    if (end < 0) {
      this.searchedTo = bytes.length;
      return null;
    }
    this.searchedTo = 0;
    const text = bytes.toString('latin1', from, end + 2);
    this.unread = end + 4 < bytes.length ? bytes.subarray(end + 4) : null;
    return parseRequestHead(text, limits.headers);
  }

  private checkSizes(bytes: Buffer, from: number, size: number): void {
    const { limits } = this.context;
    const lineEnd = bytes.indexOf('\r\n', from, 'latin1');
    if (lineEnd < 0 || lineEnd - from > limits.requestLineBytes) {
      throw new Malformed('target_too_long', `The request line may take ${limits.requestLineBytes} bytes.`);
    }
    if (size > limits.headBytes)
      throw new Malformed('headers_too_large', `Headers may take ${limits.headBytes} bytes.`);
  }

  private beginRequest(head: RequestHead): void {
    const { context } = this;
    context.counts.requests += 1;
    const requestId = chooseRequestId(head.requestId, context.newRequestId);
    const startedMs = this.headStartedMs;
    this.headStartedMs = 0;
    if (isOwnPath(head.target)) {
      this.answerItself(answerOwnPath(context, head, requestId), head);
      return;
    }
    const { entry, target, prefix } = routeRequest(context.table, head);
    const timeoutMs = entry.route.requestTimeoutMs;
    this.rateFromMs = startedMs;
    this.rateBytes = 0;
    this.exchange = new Exchange({
      context,
      client: this,
      head,
      route: entry.state,
      target,
      prefix,
      requestId,
      startedMs,
      timeoutMs,
    });
    this.exchange.begin();
  }

  private answerItself(answer: { text: string }, head: RequestHead): void {
    this.socket.write(answer.text, 'latin1');
    this.exchangeOver(!head.keepAlive || head.framing !== 'none');
  }

  /** Before a route is known: a mistake in the request, or an address where nothing is. */
  private refuseUnrouted(error: Malformed, head: RequestHead | null): void {
    const { refused } = this.context.counts;
    refused.set(error.code, (refused.get(error.code) ?? 0) + 1);
    this.refuse(
      { code: error.code, detail: error.message },
      {
        requestId: chooseRequestId(head?.requestId ?? null, this.context.newRequestId),
        headOnly: head?.method === 'HEAD',
        // After a message that was not understood nobody can say where the next one begins.
        keepAlive: head?.keepAlive === true && head.framing === 'none',
      },
    );
  }

  /** Answers in place of a service. */
  refuse(problem: Problem, options: { requestId: string; headOnly: boolean; keepAlive: boolean }): void {
    const close = !options.keepAlive || this.context.isStopping;
    this.socket.write(renderProblem(problem, { ...options, close }), 'latin1');
    this.exchangeOver(close);
  }

  /** The request is answered; the next one may begin. */
  exchangeOver(close: boolean): void {
    this.exchange = null;
    if (close || this.context.isStopping) {
      this.closeGently();
      return;
    }
    this.state = 'head';
    this.sinceMs = this.context.nowMs();
    this.headStartedMs = 0;
    this.resumeReading();
    if (this.unread !== null) this.advance();
  }

  /** What was read beyond the head, for the one who forwards it. */
  takeUnread(): Buffer | null {
    const bytes = this.unread;
    this.unread = null;
    return bytes;
  }

  /** The first bytes of the next request. */
  putBack(bytes: Buffer): void {
    this.unread = bytes;
  }

  pauseReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    if (this.socket.isPaused()) this.socket.resume();
  }

  enterTunnel(): void {
    this.state = 'tunnel';
    this.resumeReading();
  }

  /**
   * Ends after what was written. Reads on for a moment, because closing with unread bytes would reset the connection and
   * destroy the answer on its way.
   */
  closeGently(): void {
    this.exchange = null;
    this.unread = null;
    this.state = 'closing';
    this.sinceMs = this.context.nowMs();
    this.socket.end();
    this.resumeReading();
  }

  /** Ends at once, so that nobody takes what was sent for a whole answer. */
  cut(): void {
    this.exchange = null;
    this.state = 'closing';
    this.socket.resetAndDestroy();
  }

  /** The gateway is stopping. */
  closeIfIdle(): void {
    if (this.state === 'head' && this.unread === null) this.closeGently();
  }

  private onDrain(): void {
    this.stalledSinceMs = 0;
    this.exchange?.onClientDrain();
    this.advance();
  }

  /** The client will send no more; unless it speaks another protocol by now, it has left. */
  private onEnd(): void {
    if (this.state === 'tunnel') this.exchange?.endTunnel();
    else if (this.state === 'head') this.closeGently();
    else if (this.state === 'exchange') this.socket.destroy();
  }

  onTick(nowMs: number): void {
    const { limits } = this.context;
    if (this.state === 'head') this.checkIdle(nowMs);
    else if (this.state === 'exchange') {
      this.checkUploadRate(nowMs);
      this.exchange?.onTick(nowMs);
    } else if (this.state === 'closing' && !this.socket.writableNeedDrain && nowMs - this.sinceMs > limits.lingerMs) {
      this.socket.destroy();
    }
    this.checkStall(nowMs);
  }

  private checkIdle(nowMs: number): void {
    const { limits } = this.context;
    if (this.headStartedMs > 0 && nowMs - this.headStartedMs > limits.headTimeoutMs) {
      this.refuseUnrouted(
        new Malformed('request_timeout', `The headers took longer than ${limits.headTimeoutMs} ms.`),
        null,
      );
    } else if (this.headStartedMs === 0 && nowMs - this.sinceMs > limits.idleTimeoutMs) this.closeGently();
  }

  private checkUploadRate(nowMs: number): void {
    const { limits } = this.context;
    const { exchange } = this;
    // Not while we ourselves are what it waits for, nor once the answer began: then it is a conversation.
    if (exchange === null || exchange.upload.isDone || exchange.phase !== 'waiting' || this.socket.isPaused()) {
      this.rateFromMs = nowMs;
      this.rateBytes = 0;
    } else if (nowMs - this.rateFromMs >= limits.bodyRateWindowMs) {
      const isTooSlow = this.rateBytes * 1000 < limits.bodyBytesPerSecond * (nowMs - this.rateFromMs);
      this.rateFromMs = nowMs;
      this.rateBytes = 0;
      if (isTooSlow) exchange.failSlowUpload();
    }
  }

  private checkStall(nowMs: number): void {
    if (!this.socket.writableNeedDrain) this.stalledSinceMs = 0;
    else if (this.stalledSinceMs === 0) this.stalledSinceMs = nowMs;
    else if (nowMs - this.stalledSinceMs > this.context.limits.writeStallMs) this.socket.resetAndDestroy();
  }
}
