import { once } from 'node:events';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { largestExecMessage } from '@sconce/contract';
import type { ExecRow } from '@sconce/db';
import { claimExec, type Deps, type KnownClusters, noteExecEnd, runExec } from '@sconce/engine';
import { ExecRefused, type RunningExec, RuntimeUnavailable } from '@sconce/ports';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ExecEnding, relayExec } from './relay-exec.ts';

export interface ExecLimits {
  /** Without a byte either way. */
  readonly idleMs: number;
  readonly totalMs: number;
}

export const usualExecLimits: ExecLimits = { idleMs: 3_600_000, totalMs: 8 * 3_600_000 };

export interface ExecServerParts extends Deps {
  readonly clusters: KnownClusters;
  readonly limits: ExecLimits;
  readonly mayExec: boolean;
}

/** So long whoever was told of the end may take to hear it. */
const partingMs = 1_000;
/** Well within the time that a process gives itself to stop. */
const longestStopMs = 8_000;
const switchedOff =
  'No commands are run in replicas here: whoever looks after this installation switched it off.\nSCONCE_EXEC of the scheduler says so.';
/** More at once are refused: each holds connections here and at the runtime. */
const mostAtOnce = 200;

/**
 * Runs commands in replicas for whoever comes with the ticket of one that is written down. It is begun before the upgrade is answered, so that what
 * cannot be run is refused in words.
 */
export class ExecServer {
  readonly #parts: ExecServerParts;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestExecMessage,
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(parts: ExecServerParts) {
    this.#parts = parts;
  }

  /** False: it is none of this. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const id = /^\/execs\/(exe_[0-9a-z]{26})$/.exec(request.url ?? '')?.[1];
    if (id === undefined) return false;
    const done = this.#serve(id, request, socket, head)
      .catch((error: unknown) => {
        this.#parts.log.error({ err: error, exec: id }, 'a command in a replica was not served');
        refuse(socket, 500, 'It could not be begun; the scheduler’s log has more.');
      })
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
    return true;
  }

  /** Ends all of them, with words. Whom the runtime does not answer in time is left behind. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#atMost(longestStopMs, Promise.all(this.#underWay));
    const { clients } = this.#sockets;
    await this.#atMost(partingMs, Promise.all([...clients].map((client) => once(client, 'close'))));
    for (const client of clients) client.terminate();
  }

  async #atMost(ms: number, work: Promise<unknown>): Promise<void> {
    const done = new AbortController();
    await Promise.race([work, this.#parts.clock.sleep(ms, done.signal).catch(() => undefined)]);
    done.abort();
  }

  async #serve(id: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (this.#stopping.signal.aborted) return refuse(socket, 503, 'The scheduler is stopping.');
    if (this.#underWay.size >= mostAtOnce) return refuse(socket, 503, `${mostAtOnce} commands run already.`);
    const ticket = /^Bearer ([\w-]{43})$/.exec(request.headers.authorization ?? '')?.[1];
    const exec = ticket === undefined ? null : await claimExec(this.#parts, id, ticket);
    if (exec === null) return refuse(socket, 401, 'There is nothing to run for this ticket.');
    if (!this.#parts.mayExec) return refuse(socket, 409, switchedOff);
    const begun = await this.#begin(exec, socket);
    if (begun === null) return;
    const ending = await this.#relay(begun, request, socket, head);
    const { log } = this.#parts;
    log.info(
      { exec: id, service: exec.serviceId, replica: exec.replicaName, ...ending },
      'a command in a replica ended',
    );
    await noteExecEnd(this.#parts, id, ending);
  }

  async #begin(exec: ExecRow, socket: Duplex): Promise<RunningExec | null> {
    try {
      return await runExec(this.#parts, exec);
    } catch (error) {
      const why = (error as Error).message;
      this.#parts.log.warn({ exec: exec.id, service: exec.serviceId, err: error }, 'a command was not begun');
      await noteExecEnd(this.#parts, exec.id, { exitCode: null, reason: why.slice(0, 300) });
      if (error instanceof ExecRefused) refuse(socket, 409, why);
      else if (error instanceof RuntimeUnavailable) refuse(socket, 503, `It cannot be run now: ${why}`);
      else throw error;
      return null;
    }
  }

  async #relay(running: RunningExec, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<ExecEnding> {
    const { clock, limits } = this.#parts;
    try {
      if (socket.destroyed) return { exitCode: null, reason: 'its caller left' };
      const opened = await new Promise<WebSocket>((resolve, reject) => {
        socket.once('close', () => reject(new Error('its caller left')));
        this.#sockets.handleUpgrade(request, socket, head, resolve);
      });
      return await relayExec(opened, running, { clock, limits, stopping: this.#stopping.signal });
    } catch (error) {
      return { exitCode: null, reason: (error as Error).message.slice(0, 300) };
    } finally {
      await running.stop().catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, 'a command in a replica was not ended, and goes on by itself');
      });
    }
  }
}

function refuse(socket: Duplex, status: number, words: string): void {
  if (socket.destroyed) return;
  const body = Buffer.from(words);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}
