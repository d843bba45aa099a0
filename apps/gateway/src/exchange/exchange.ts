import type { ClientConnection } from '../client/client-connection.ts';
import type { Context } from '../context.ts';
import { Malformed } from '../http/malformed.ts';
import type { RequestHead } from '../http/parse-request-head.ts';
import type { ResponseHead } from '../http/parse-response-head.ts';
import { type Problem, problemStatus } from '../problem.ts';
import type { RouteState, Waiter } from '../table/route-state.ts';
import type { Tally } from '../traffic/tally.ts';
import type { ReplicaState } from '../upstream/replica-state.ts';
import { UpstreamConnection, type UpstreamUser } from '../upstream/upstream-connection.ts';
import { AnswerRelay } from './answer-relay.ts';
import { composeSwitch } from './compose-answer.ts';
import { composeRequest, isIdempotent } from './compose-request.ts';
import { type Found, ReplicaSearch } from './replica-search.ts';
import { checkSwitch, Tunnel } from './tunnel.ts';
import { UploadRelay } from './upload-relay.ts';

export interface ExchangeOptions {
  readonly context: Context;
  readonly client: ClientConnection;
  readonly head: RequestHead;
  readonly route: RouteState;
  /** The target without the prefix. */
  readonly target: string;
  readonly prefix: string | null;
  readonly requestId: string;
  /** When the request's first byte came. */
  readonly startedMs: number;
  readonly timeoutMs: number;
}

type Phase = 'new' | 'queued' | 'connecting' | 'waiting' | 'answering' | 'tunnel' | 'over';

/** One request and its answer: admit, pick, forward, count. */
export class Exchange implements UpstreamUser, Waiter {
  readonly options: ExchangeOptions;
  readonly head: RequestHead;
  readonly upload: UploadRelay;
  readonly answer: AnswerRelay;
  phase: Phase = 'new';
  upstream: UpstreamConnection | null = null;
  /** As it was called when it was picked; the table may have moved on since. */
  release = '';
  replicaId = '';
  private replica: ReplicaState | null = null;
  /** Of the replica that was picked last; of the route before one was. */
  private tally: Tally;
  private readonly search: ReplicaSearch;
  private deadlineMs: number;
  private connectDeadlineMs = 0;
  /** An idle connection was closed under us: the next try gets one of its own. */
  private wantsFresh = false;

  constructor(options: ExchangeOptions) {
    this.options = options;
    this.head = options.head;
    this.tally = options.route.tally;
    this.upload = new UploadRelay(options.client, options.head);
    this.answer = new AnswerRelay(this);
    this.search = new ReplicaSearch(options.context, options.route);
    this.deadlineMs = options.startedMs + options.timeoutMs;
  }

  /** Admits: finds a replica, or a place in the queue. */
  begin(): void {
    const { route, context } = this.options;
    route.requests += 1;
    if (route.queue.size === 0) this.follow(this.search.next());
    else if (route.queue.size < context.limits.queuedPerRoute) this.follow('busy');
    else {
      const detail = 'As many requests as may wait for a replica are waiting already.';
      this.fail({ code: 'at_capacity', detail, retryAfterSeconds: 1 });
    }
  }

  tryAgain(): boolean {
    const found = this.search.next();
    if (found === 'busy') return false;
    this.options.route.queue.delete(this);
    this.follow(found);
    return true;
  }

  private follow(found: Found): void {
    const { route } = this.options;
    if (found === 'busy') {
      this.phase = 'queued';
      route.queue.add(this);
    } else if (found === 'none') {
      const why = route.entry?.route.unavailable ?? noReplica;
      this.fail({ code: 'service_unavailable', detail: why.message, retryAfterSeconds: why.retryAfterSeconds });
    } else this.goTo(found);
  }

  private goTo(replica: ReplicaState): void {
    const { limits, nowMs } = this.options.context;
    this.replica = replica;
    this.release = replica.release;
    this.tally = replica.tally;
    this.replicaId = replica.shortId;
    replica.begin();
    const maxIdleMs = isIdempotent(this.head.method) ? limits.upstreamIdleMs : limits.upstreamIdleOnceMs;
    const idle = this.wantsFresh ? null : replica.takeIdle(nowMs(), maxIdleMs);
    if (idle !== null) {
      this.upstream = idle;
      idle.user = this;
      this.send();
      return;
    }
    this.phase = 'connecting';
    this.connectDeadlineMs = nowMs() + limits.connectTimeoutMs;
    this.upstream = new UpstreamConnection(replica, this);
  }

  onUpstreamConnected(): void {
    this.replica?.accepted();
    this.send();
  }

  private send(): void {
    const { upstream, replica } = this;
    if (upstream === null || replica === null) return;
    this.phase = 'waiting';
    const { client, target, prefix, requestId } = this.options;
    const replicaHost = `${replica.host}:${replica.port}`;
    const text = composeRequest(this.head, client.peer, { target, prefix, replicaHost, requestId });
    this.guardUpload(() => this.upload.begin(upstream, text));
  }

  /** More of the request's body came. */
  takeUpload(bytes: Buffer): void {
    this.guardUpload(() => this.upload.take(bytes));
  }

  private guardUpload(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof Malformed) this.fail({ code: error.code, detail: error.message });
      else this.failByBug(error);
    }
  }

  onUpstreamData(bytes: Buffer): boolean {
    const { socket } = this.options.client;
    try {
      this.answer.take(bytes);
    } catch (error) {
      this.refuseAnswer(error);
    }
    // What the client has not taken yet may be these very bytes.
    return socket.writableLength > 0;
  }

  private refuseAnswer(error: unknown): void {
    if (!(error instanceof Malformed)) {
      this.failByBug(error);
      return;
    }
    this.countReplicaError();
    this.fail({ code: 'answer_malformed', detail: `The service's answer was refused. ${error.message}` });
  }

  /** A mistake of ours costs this one request, not the process and everybody else's. */
  private failByBug(error: unknown): void {
    this.options.context.onBug(error);
    this.fail({ code: 'gateway_failed', detail: 'The gateway made a mistake; it was logged.' });
  }

  onUpstreamDrain(): void {
    this.options.client.resumeReading();
  }

  onClientDrain(): void {
    if (this.upstream?.socket.isPaused()) this.upstream.socket.resume();
  }

  onUpstreamEnd(): void {
    if (!this.answer.endByClose()) this.upstreamLost();
  }

  onUpstreamGone(): void {
    this.upstreamLost();
  }

  /** The replica is gone before its answer was complete: elsewhere or once more if that is safe, else say so. */
  private upstreamLost(): void {
    const { phase, replica } = this;
    const wasIdle = phase === 'waiting' && this.upstream?.isReused === true && !this.answer.hasBegun;
    this.leaveReplica();
    if (phase === 'connecting' && replica !== null) {
      const found = this.search.nextAfter(replica);
      if (found !== 'none') {
        this.follow(found);
        return;
      }
    }
    if (wasIdle && !this.wantsFresh && this.upload.canRepeat()) {
      this.wantsFresh = true;
      this.follow(this.search.next());
      return;
    }
    if (replica !== null) replica.errors += 1;
    this.fail(phase === 'connecting' ? unreachable : closedEarly);
  }

  noteAnswering(): void {
    if (this.phase === 'answering') return;
    this.phase = 'answering';
    const { context, route, startedMs } = this.options;
    route.firstByte.observe((context.nowMs() - startedMs) / 1000);
  }

  /** The protocol changes. */
  openTunnel(answer: ResponseHead, rest: Buffer): void {
    const { client, requestId } = this.options;
    const { upstream } = this;
    if (upstream === null) return;
    const protocol = checkSwitch(this.head.upgrade, answer);
    this.noteAnswering();
    this.phase = 'tunnel';
    const tunnel = new Tunnel(client, upstream, () => this.abort());
    upstream.user = tunnel;
    client.socket.write(
      composeSwitch(answer, protocol, { release: this.release, replica: this.replicaId, requestId }),
      'latin1',
    );
    if (rest.length > 0) client.socket.write(rest);
    client.enterTunnel(tunnel);
  }

  /** The answer is complete. */
  finish(end: { reusable: boolean; close: boolean; idleTimeoutMs?: number | null }): void {
    const { context, client, startedMs } = this.options;
    const { upstream } = this;
    const nowMs = context.nowMs();
    if (end.reusable && upstream !== null) {
      this.upstream = null;
      // One second before the replica would close it.
      if (end.idleTimeoutMs != null) upstream.maxIdleMs = Math.max(0, end.idleTimeoutMs - 1000);
      upstream.release(nowMs);
    }
    const { status } = this.answer;
    if (status >= 500) this.countReplicaError();
    this.count(status);
    this.tally.countWhole(status, nowMs - startedMs);
    this.leave();
    client.exchangeOver(end.close || !this.upload.isDone);
  }

  /** The gateway answers itself, or cuts what it cannot mend: a half answer never looks whole. */
  private fail(problem: Problem): void {
    const { client, route, requestId } = this.options;
    const began = this.phase === 'answering';
    this.leave();
    if (began) {
      this.countCut(0);
      client.cut();
      return;
    }
    route.problems += 1;
    const status = problemStatus(problem.code);
    this.count(status);
    this.tally.countOwn(status);
    const keepAlive = this.head.keepAlive && this.upload.isDone;
    client.refuse(problem, { requestId, headOnly: this.head.method === 'HEAD', keepAlive });
  }

  /** The client is gone, and with it the reason to go on; or an upgraded connection is over. */
  abort(): void {
    if (this.phase === 'over') return;
    this.countCut(this.phase === 'tunnel' ? 101 : 0);
    this.leave();
  }

  failSlowUpload(): void {
    this.fail({ code: 'request_timeout', detail: 'The body came too slowly.' });
  }

  onTick(nowMs: number): void {
    if (this.phase === 'queued') this.waitForStart(nowMs);
    if (this.phase === 'connecting' && nowMs >= this.connectDeadlineMs) this.connectionLate(nowMs);
    if (nowMs < this.deadlineMs) return;
    if (this.phase === 'queued') this.fail(this.whyQueued());
    else if (this.phase === 'waiting' && !this.upload.isDone) this.fail(uploadTimeout);
    else if (this.phase === 'connecting' || this.phase === 'waiting') {
      this.countReplicaError();
      this.fail({ code: 'answer_timeout', detail: `No answer began within ${this.options.timeoutMs} ms.` });
    }
  }

  /** Elsewhere, if there is another; the only one may be too busy for a moment to take connections, which is no reason to lose a request. */
  private connectionLate(nowMs: number): void {
    const { replica } = this;
    const { limits } = this.options.context;
    const waitedMs = nowMs - this.connectDeadlineMs + limits.connectTimeoutMs;
    if (replica !== null && waitedMs < limits.lastConnectTimeoutMs && !this.search.hasOtherThan(replica)) return;
    this.upstreamLost();
  }

  /** The time for which nothing can answer is not the request's own: its deadline moves along, as far as the route says. */
  private waitForStart(nowMs: number): void {
    const { route, startedMs, timeoutMs } = this.options;
    const { canServe, route: its } = route.entry ?? { canServe: true, route: null };
    if (canServe || its?.holdMs == null) return;
    this.deadlineMs = Math.min(nowMs + its.requestTimeoutMs, startedMs + timeoutMs + its.holdMs);
  }

  private whyQueued(): Problem {
    const { entry } = this.options.route;
    const why = entry?.canServe === false ? entry.route.unavailable : null;
    if (why === null) return noRoom;
    return { code: 'service_unavailable', detail: why.message, retryAfterSeconds: why.retryAfterSeconds };
  }

  private countCut(status: number): void {
    this.count(status);
    this.tally.count(status);
  }

  private count(status: number): void {
    const { answers } = this.options.route;
    const digit = Math.floor(status / 100);
    answers[digit] = (answers[digit] ?? 0) + 1;
  }

  private countReplicaError(): void {
    if (this.replica !== null) this.replica.errors += 1;
  }

  private leave(): void {
    this.phase = 'over';
    this.options.route.queue.delete(this);
    this.leaveReplica();
  }

  private leaveReplica(): void {
    const { upstream, replica } = this;
    this.upload.leave();
    this.upstream = null;
    this.replica = null;
    upstream?.destroy();
    replica?.end();
  }
}

const noReplica = { message: 'It has no replica at the moment.', retryAfterSeconds: 5 };
const noRoom: Problem = {
  code: 'at_capacity',
  detail: 'No replica had room before the request timed out.',
  retryAfterSeconds: 1,
};
const uploadTimeout: Problem = {
  code: 'request_timeout',
  detail: 'The request was not complete before it timed out.',
};
const unreachable: Problem = {
  code: 'replica_unreachable',
  detail: 'No connection to the service could be made.',
  retryAfterSeconds: 1,
};
const closedEarly: Problem = {
  code: 'replica_closed',
  detail: 'The service closed the connection before it answered.',
};
