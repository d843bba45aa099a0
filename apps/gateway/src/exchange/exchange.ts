import { pickReplica } from '@sconce/core';
import type { ClientConnection } from '../client/client-connection.ts';
import type { Context } from '../context.ts';
import { Malformed } from '../http/malformed.ts';
import type { RequestHead } from '../http/parse-request-head.ts';
import type { ResponseHead } from '../http/parse-response-head.ts';
import { type Problem, problemStatus } from '../problem.ts';
import type { RouteState, Waiter } from '../table/route-state.ts';
import type { ReplicaState } from '../upstream/replica-state.ts';
import { UpstreamConnection, type UpstreamUser } from '../upstream/upstream-connection.ts';
import { AnswerRelay } from './answer-relay.ts';
import { composeSwitch } from './compose-answer.ts';
import { composeRequest, isIdempotent } from './compose-request.ts';
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
  private replica: ReplicaState | null = null;
  /** As it was called when it was picked; the table may have moved on since. */
  release = '';
  private readonly deadlineMs: number;
  private connectDeadlineMs = 0;
  private connectAttempts = 0;
  /** An idle connection was closed under us: the next try gets one of its own. */
  private wantsFresh = false;

  constructor(options: ExchangeOptions) {
    this.options = options;
    this.head = options.head;
    this.upload = new UploadRelay(options.client, options.head);
    this.answer = new AnswerRelay(this);
    this.deadlineMs = options.startedMs + options.timeoutMs;
  }

  /** Admits: finds a replica, or a place in the queue. */
  begin(): void {
    const { route, context } = this.options;
    route.requests += 1;
    if (route.queue.size === 0 && this.tryAgain()) return;
    if (route.queue.size >= context.limits.queuedPerRoute) {
      const detail = 'As many requests as may wait for a replica are waiting already.';
      this.fail({ code: 'at_capacity', detail, retryAfterSeconds: 1 });
      return;
    }
    this.phase = 'queued';
    route.queue.add(this);
  }

  /** Picks a replica by the table as it is now. False when all are at their limit. */
  tryAgain(): boolean {
    const { route, context } = this.options;
    const { entry } = route;
    if (entry === null || !entry.canServe) {
      const why = entry?.route.unavailable ?? { message: 'It has no replica at the moment.', retryAfterSeconds: 5 };
      this.fail({ code: 'service_unavailable', detail: why.message, retryAfterSeconds: why.retryAfterSeconds });
      return true;
    }
    const replica = pickReplica(entry.targets, entry.route.concurrency, context.nowMs(), context.random);
    if (replica === null) return false;
    route.queue.delete(this);
    this.goTo(replica);
    return true;
  }

  private goTo(replica: ReplicaState): void {
    const { limits, nowMs } = this.options.context;
    this.replica = replica;
    this.release = replica.release;
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
    this.connectAttempts += 1;
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
      if (!(error instanceof Malformed)) throw error;
      this.fail({ code: error.code, detail: error.message });
    }
  }

  onUpstreamData(bytes: Buffer): void {
    if (this.phase === 'tunnel') {
      if (!this.options.client.socket.write(bytes)) this.upstream?.socket.pause();
      return;
    }
    try {
      this.answer.take(bytes);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.countReplicaError();
      this.fail({ code: 'answer_malformed', detail: `The service's answer was refused. ${error.message}` });
    }
  }

  onUpstreamDrain(): void {
    this.options.client.resumeReading();
  }

  onClientDrain(): void {
    this.upstream?.socket.resume();
  }

  onUpstreamEnd(): void {
    if (this.phase === 'tunnel') this.options.client.socket.end();
    else if (!this.answer.endByClose()) this.upstreamLost();
  }

  onUpstreamGone(error: Error | null): void {
    if (this.phase !== 'tunnel') {
      this.upstreamLost();
      return;
    }
    this.upstream = null;
    this.leave();
    this.count(101);
    if (error === null) this.options.client.closeGently();
    else this.options.client.cut();
  }

  /** The replica is gone before its answer was complete: elsewhere or once more if that is safe, else say so. */
  private upstreamLost(): void {
    const { phase, replica } = this;
    const mayRepeat = phase === 'waiting' && this.upstream?.isReused === true && !this.answer.hasBegun;
    this.leaveReplica();
    if (phase === 'connecting') replica?.refused(this.options.context.nowMs());
    if (phase === 'connecting' && this.mayConnectElsewhere()) this.readmit();
    else if (mayRepeat && !this.wantsFresh && this.upload.canRepeat(isIdempotent(this.head.method))) {
      this.wantsFresh = true;
      this.readmit();
    } else {
      if (replica !== null) replica.errors += 1;
      this.fail(phase === 'connecting' ? unreachable : closedEarly);
    }
  }

  private mayConnectElsewhere(): boolean {
    const { context, route } = this.options;
    if (this.connectAttempts >= context.limits.connectAttempts) return false;
    const nowMs = context.nowMs();
    return (
      route.entry?.targets.some(
        (target) => target.weight > 0 && target.replicas.some((each) => each.avoidUntilMs <= nowMs),
      ) === true
    );
  }

  /** Back to picking; it has waited its turn already, so it does not stand in line again unless all are busy. */
  private readmit(): void {
    if (this.tryAgain()) return;
    this.phase = 'queued';
    this.options.route.queue.add(this);
  }

  noteAnswering(): void {
    if (this.phase === 'answering') return;
    this.phase = 'answering';
    const { context, route, startedMs } = this.options;
    route.firstByte.observe((context.nowMs() - startedMs) / 1000);
  }

  /** The protocol changes: bytes go both ways as they are, until either side is gone. */
  openTunnel(answer: ResponseHead, rest: Buffer): void {
    const { client, requestId } = this.options;
    const offered = this.head.upgrade?.toLowerCase().split(/[\s,]+/) ?? [];
    if (answer.upgrade === null || !offered.includes(answer.upgrade.toLowerCase())) {
      throw new Malformed('answer_malformed', 'It switches to a protocol nobody asked for.');
    }
    this.noteAnswering();
    this.phase = 'tunnel';
    client.socket.write(composeSwitch(answer, answer.upgrade, { release: this.release, requestId }), 'latin1');
    if (rest.length > 0) client.socket.write(rest);
    const early = client.takeUnread();
    client.enterTunnel();
    if (early !== null) this.takeTunnel(early);
  }

  takeTunnel(bytes: Buffer): void {
    if (this.upstream?.socket.write(bytes) === false) this.options.client.pauseReading();
  }

  endTunnel(): void {
    this.upstream?.socket.end();
  }

  /** The answer is complete. */
  finish(end: { reusable: boolean; close: boolean; idleTimeoutMs?: number | null }): void {
    const { context, client } = this.options;
    const { upstream } = this;
    if (end.reusable && upstream !== null) {
      this.upstream = null;
      // One second before the replica would close it.
      if (end.idleTimeoutMs != null) upstream.maxIdleMs = Math.max(0, end.idleTimeoutMs - 1000);
      upstream.release(context.nowMs());
    }
    if (this.answer.status >= 500) this.countReplicaError();
    this.count(this.answer.status);
    this.leave();
    client.exchangeOver(end.close || !this.upload.isDone);
  }

  /** The gateway answers itself, or cuts what it cannot mend: a half answer never looks whole. */
  private fail(problem: Problem): void {
    const { client, route, requestId } = this.options;
    const began = this.phase === 'answering' || this.phase === 'tunnel';
    this.leave();
    if (began) {
      this.count(0);
      client.cut();
      return;
    }
    route.problems += 1;
    this.count(problemStatus(problem.code));
    client.refuse(problem, {
      requestId,
      headOnly: this.head.method === 'HEAD',
      keepAlive: this.head.keepAlive && this.upload.isDone,
    });
  }

  /** The client is gone: so is the reason to go on. */
  abort(): void {
    if (this.phase === 'over') return;
    this.count(this.phase === 'tunnel' ? 101 : 0);
    this.leave();
  }

  failSlowUpload(): void {
    this.fail({ code: 'request_timeout', detail: 'The body came too slowly.' });
  }

  onTick(nowMs: number): void {
    if (this.phase === 'connecting' && nowMs >= this.connectDeadlineMs) this.upstreamLost();
    if (nowMs < this.deadlineMs) return;
    if (this.phase === 'queued') {
      this.fail({
        code: 'at_capacity',
        detail: 'No replica had room before the request timed out.',
        retryAfterSeconds: 1,
      });
    } else if (this.phase === 'waiting' && !this.upload.isDone) {
      this.fail({ code: 'request_timeout', detail: 'The request was not complete before it timed out.' });
    } else if (this.phase === 'connecting' || this.phase === 'waiting') {
      this.countReplicaError();
      const detail = `No answer began within ${this.options.timeoutMs} ms.`;
      this.fail({ code: 'answer_timeout', detail });
    }
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

const unreachable: Problem = {
  code: 'replica_unreachable',
  detail: 'No connection to the service could be made.',
  retryAfterSeconds: 1,
};
const closedEarly: Problem = {
  code: 'replica_closed',
  detail: 'The service closed the connection before it answered.',
};
