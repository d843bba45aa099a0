import { isIP, type Socket } from 'node:net';
import type { Context } from '../context.ts';
import { chooseRequestId, type Peer, plainAddress } from '../exchange/compose-request.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { Malformed } from '../http/malformed.ts';
import type { RequestHead } from '../http/parse-request-head.ts';
import { answerOwnPath, isOwnPath } from '../own-paths.ts';
import { type Problem, renderProblem } from '../problem.ts';
import { routeRequest } from '../route-request.ts';
import { adoptSocket } from '../socket/adopt-socket.ts';
import { ReadBuffer } from '../socket/read-buffer.ts';
import { RequestReader } from './request-reader.ts';
import { UploadRate } from './upload-rate.ts';

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
  private tunnel: Tunnel | null = null;
  private readonly reader: RequestReader;
  private readonly rate = new UploadRate();
  private readonly memory = new ReadBuffer();
  private keepsBytes = false;
  private isAdvancing = false;
  /** When the request being read began; 0 between requests. */
  private headStartedMs = 0;
  /** Since when this state lasts: idle, or closing. */
  private sinceMs: number;
  private stalledSinceMs = 0;

  /** `accepted` is paused and unread. */
  constructor(accepted: Socket, context: Context, onClosed: (connection: ClientConnection) => void) {
    const socket = adoptSocket(accepted, this.memory, (bytes) => this.onBytes(bytes));
    this.socket = socket;
    this.context = context;
    this.reader = new RequestReader(context.limits);
    this.sinceMs = context.nowMs();
    const address = plainAddress(socket.remoteAddress);
    const isTrusted =
      isIP(address) !== 0 && context.trustedProxies?.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') === true;
    this.peer = { address, isTrusted };
    socket.on('drain', () => this.onDrain());
    socket.on('end', () => this.onEnd());
    // What went wrong with a client's connection changes nothing about what follows: it closes.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.state = 'closing';
      this.exchange?.abort();
      this.exchange = null;
      this.memory.release();
      onClosed(this);
    });
  }

  private onBytes(bytes: Buffer): void {
    this.keepsBytes = false;
    try {
      this.take(bytes);
    } catch (error) {
      // A mistake of ours costs this one connection, not everybody's.
      this.context.onBug(error);
      this.socket.resetAndDestroy();
    }
    this.reader.keep();
    this.memory.afterRead(bytes.length, this.keepsBytes);
  }

  /** What is being read now goes on being used after the call. */
  keepBytes(): void {
    this.keepsBytes = true;
  }

  private take(bytes: Buffer): void {
    if (this.state === 'head') {
      this.reader.push(bytes);
      this.advance();
    } else if (this.state === 'tunnel') this.tunnel?.onClientData(bytes);
    else if (this.state === 'exchange') this.takeDuringExchange(bytes);
  }

  private takeDuringExchange(bytes: Buffer): void {
    const { exchange } = this;
    this.rate.add(bytes.length);
    if (exchange !== null && !exchange.upload.isDone && exchange.upload.isOpen) {
      exchange.takeUpload(bytes);
      return;
    }
    this.reader.push(bytes);
    if (this.reader.size >= maxUnreadBytes) this.socket.pause();
  }

  /** Works through what was read, one request after the other, as long as each is answered at once. */
  private advance(): void {
    if (this.isAdvancing) return;
    this.isAdvancing = true;
    // A client that does not take its answers gets no more of them made.
    while (this.state === 'head' && !this.reader.isEmpty && !this.socket.writableNeedDrain) {
      if (!this.readRequest()) break;
    }
    this.isAdvancing = false;
  }

  /** False when more bytes are needed. */
  private readRequest(): boolean {
    if (this.headStartedMs === 0) this.headStartedMs = this.context.nowMs();
    let head: RequestHead | null = null;
    try {
      head = this.reader.readHead();
      if (head === null) return false;
      this.state = 'exchange';
      this.beginRequest(head);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.refuseUnrouted(error, head);
    }
    return true;
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
    this.rate.restart(startedMs);
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
    if (!this.reader.isEmpty) this.advance();
  }

  /** What was read beyond the head, for the one who forwards it. */
  takeUnread(): Buffer | null {
    return this.reader.takeAll();
  }

  /** The first bytes of the next request. */
  putBack(bytes: Buffer): void {
    this.reader.push(bytes);
  }

  pauseReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    if (this.socket.isPaused()) this.socket.resume();
  }

  enterTunnel(tunnel: Tunnel): void {
    this.state = 'tunnel';
    this.tunnel = tunnel;
    this.resumeReading();
    const early = this.reader.takeAll();
    if (early !== null) tunnel.onClientData(early);
  }

  /**
   * Ends after what was written. Reads on for a moment, because closing with unread bytes would reset the connection and
   * destroy the answer on its way.
   */
  closeGently(): void {
    this.exchange = null;
    this.reader.takeAll();
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
    if (this.state === 'head' && this.reader.isEmpty) this.closeGently();
  }

  private onDrain(): void {
    this.stalledSinceMs = 0;
    if (this.state === 'tunnel') this.tunnel?.onClientDrain();
    else this.exchange?.onClientDrain();
    this.advance();
  }

  /** The client will send no more; unless it speaks another protocol by now, it has left. */
  private onEnd(): void {
    if (this.state === 'tunnel') this.tunnel?.onClientEnd();
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
      this.rate.restart(nowMs);
    } else if (this.rate.isTooSlow(nowMs, limits)) exchange.failSlowUpload();
  }

  private checkStall(nowMs: number): void {
    if (!this.socket.writableNeedDrain) this.stalledSinceMs = 0;
    else if (this.stalledSinceMs === 0) this.stalledSinceMs = nowMs;
    else if (nowMs - this.stalledSinceMs > this.context.limits.writeStallMs) this.socket.resetAndDestroy();
  }
}
