import { type ExecToClient, execChannels, parseExecFromClient } from '@sconce/contract';
import type { Clock, ExecOutput, RunningExec } from '@sconce/ports';
import type { RawData, WebSocket } from 'ws';
import type { ExecLimits } from './exec-server.ts';

/** How it ended, for the record: with a code, or for a reason. */
export interface ExecEnding {
  readonly exitCode: number | null;
  readonly reason: string | null;
}

export interface RelayParts {
  readonly clock: Clock;
  readonly limits: ExecLimits;
  readonly stopping: AbortSignal;
}

/** Close codes of RFC 6455 section 7.4.1. */
type Closing = readonly [code: 1000 | 1001 | 1008 | 1011, why: string];

/** What stands between ends connections that are silent for a minute; and where nothing is read, only writing shows that the other side has left. */
const pingMs = 5_000;
/** So long the other side may take to see that it was cut off. */
const partingMs = 2_000;

/**
 * Speaks with whoever opened an exec until the command ends, they leave, a limit is reached, or the scheduler stops. What one side does not take is not
 * read from the other. The command is the caller's to stop.
 */
export async function relayExec(socket: WebSocket, running: RunningExec, parts: RelayParts): Promise<ExecEnding> {
  const { clock, limits, stopping } = parts;
  const over = new AbortController();
  const activity = { at: clock.now() };
  const left = Promise.withResolvers<ExecEnding>();
  socket.once('close', () => left.resolve(because('its caller left')));
  socket.on('error', () => socket.terminate());
  takeInput(socket, running, activity, clock);
  send(socket, { type: 'started' });
  const ending = await Promise.race([
    left.promise,
    sendOutput(socket, running, activity, clock, over.signal),
    watchLimits(activity, clock, limits, over.signal),
    pingAlong(socket, clock, over.signal),
    aborted(stopping, over.signal),
  ]);
  over.abort();
  if (ending.exitCode !== null) send(socket, { type: 'ended', exitCode: ending.exitCode });
  // A command that ended by itself has said things that a slow caller has yet to read.
  part(socket, closingOf(ending, stopping.aborted), ending.exitCode === null ? partingMs : limits.idleMs);
  return ending;
}

const because = (reason: string): ExecEnding => ({ exitCode: null, reason });

function closingOf({ exitCode, reason }: ExecEnding, isStopping: boolean): Closing {
  if (exitCode !== null) return [1000, ''];
  return [isStopping ? 1001 : 1011, `Sconce: ${reason}`];
}

function part(socket: WebSocket, [code, why]: Closing, waitMs: number): void {
  socket.resume();
  // 123 bytes, and a cut within a character may add two.
  socket.close(code, Buffer.from(why).subarray(0, 120).toString());
  const cut = setTimeout(() => socket.terminate(), waitMs);
  cut.unref();
  socket.once('close', () => clearTimeout(cut));
}

interface Activity {
  at: number;
}

/** One message after the other: while the command does not read, nothing is read from its caller. */
function takeInput(socket: WebSocket, running: RunningExec, activity: Activity, clock: Clock): void {
  let inTurn: Promise<void> = Promise.resolve();
  let waiting = 0;
  const take = async (data: RawData, isBinary: boolean): Promise<void> => {
    if (isBinary) return running.write(data as Buffer);
    const message = parseExecFromClient(String(data));
    if (message?.type === 'end') running.end();
    if (message?.type === 'resize') await running.resize(message);
  };
  socket.on('message', (data, isBinary) => {
    activity.at = clock.now();
    waiting += 1;
    socket.pause();
    inTurn = inTurn
      .then(() => take(data, isBinary))
      // Its output, which is read at the same time, says what became of the command.
      .catch(() => undefined)
      .finally(() => {
        waiting -= 1;
        if (waiting === 0 && socket.readyState === socket.OPEN) socket.resume();
      });
  });
}

async function sendOutput(
  socket: WebSocket,
  running: RunningExec,
  activity: Activity,
  clock: Clock,
  over: AbortSignal,
): Promise<ExecEnding> {
  try {
    for await (const output of running.output) {
      if (over.aborted) break;
      activity.at = clock.now();
      await sendBytes(socket, output);
      activity.at = clock.now();
    }
    return { exitCode: await running.exitCode(), reason: null };
  } catch (error) {
    return because((error as Error).message);
  }
}

/** Resolves when the bytes have gone out, or nobody is there to take them. */
function sendBytes(socket: WebSocket, { stream, bytes }: ExecOutput): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve) => {
    socket.send(Buffer.concat([Buffer.of(execChannels[stream]), bytes]), { binary: true }, () => resolve());
  });
}

function send(socket: WebSocket, message: ExecToClient): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}

async function watchLimits(
  activity: Activity,
  clock: Clock,
  { idleMs, totalMs }: ExecLimits,
  signal: AbortSignal,
): Promise<ExecEnding> {
  const endsAt = clock.now() + totalMs;
  for (;;) {
    const now = clock.now();
    if (now >= endsAt) return because(`${minutes(totalMs)} are over, the longest that a command may run`);
    if (now >= activity.at + idleMs) return because(`nothing passed for ${minutes(idleMs)}`);
    await clock.sleep(Math.min(endsAt, activity.at + idleMs) - now, signal).catch(() => new Promise(() => {}));
  }
}

function minutes(ms: number): string {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${Math.round(ms / 6_000) / 10} minutes`;
}

/** Never resolves: an end of the connection shows elsewhere. */
async function pingAlong(socket: WebSocket, clock: Clock, signal: AbortSignal): Promise<never> {
  for (;;) {
    await clock.sleep(pingMs, signal).catch(() => new Promise(() => {}));
    if (socket.readyState === socket.OPEN && socket.bufferedAmount === 0) socket.ping();
  }
}

function aborted(stopping: AbortSignal, over: AbortSignal): Promise<ExecEnding> {
  return new Promise((resolve) => {
    const end = () => resolve(because('the scheduler is stopping'));
    if (stopping.aborted) end();
    else stopping.addEventListener('abort', end, { once: true, signal: over });
  });
}
