import type { Socket } from 'node:net';
import { type Problem, type SocketOpening, socketNames } from '@sconce/contract';
import type { CallLimits } from './forward-call.ts';
import { closeFrame, FrameScanner, textFrame } from './frame-scanner.ts';
import type { OpenedSocket } from './open-socket.ts';
import type { Handshake } from './read-handshake.ts';

/** Close codes of ours (RFC 6455 section 7.4.1); their reason names who closes. */
type Ending = readonly [code: 1001 | 1008 | 1009 | 1011, why: string];

/** So long the other side may take to see that it is over. */
const partingMs = 2_000;

/**
 * Speaks WebSocket with whoever asked: first how the service answered, as one text of ours, then what passes between both, byte for byte, held back where one
 * side does not keep up. It ends with either side, the right to it, or a limit; resolves when it has.
 */
export async function relaySocket(
  client: Socket,
  handshake: Handshake,
  requestId: string,
  outcome: OpenedSocket | { readonly problem: Problem },
  limits: CallLimits,
  signal: AbortSignal,
): Promise<void> {
  const service = 'socket' in outcome ? outcome.socket : null;
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  if (client.destroyed) return void service?.destroy();
  client.write(switching(handshake, requestId));
  const opening: SocketOpening = 'problem' in outcome ? { problem: outcome.problem } : { head: outcome.head };
  if (!('isSilent' in outcome)) client.write(textFrame(JSON.stringify(opening)));
  if (service === null || !('first' in outcome)) part(client, [1011, 'the service opened no WebSocket']);
  else tunnel(client, service, outcome, outcome.limits ?? limits, signal);
  await closed;
  service?.destroy();
}

function switching({ accept, isNamed }: Handshake, requestId: string): string {
  const named = isNamed ? `sec-websocket-protocol: ${socketNames.protocol}\r\n` : '';
  return `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n${named}x-request-id: ${requestId}\r\n\r\n`;
}

function tunnel(
  client: Socket,
  service: Socket,
  { first, lost }: OpenedSocket,
  limits: CallLimits,
  signal: AbortSignal,
): void {
  const fromService = new FrameScanner();
  const end = (ending: Ending) => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    service.destroy();
    // Within a frame of the service's there is no room for one of ours, and after its last one neither.
    if (fromService.hasClosed) goodbye(client);
    else if (fromService.isBetweenFrames) part(client, ending);
    else client.destroy();
  };
  const onAbort = () => {
    end(endingOf(signal));
  };
  const minutes = limits.totalMs / 60_000;
  const timer = setTimeout(
    () => end([1001, `${minutes} minutes are over; at the gateway there is no such limit`]),
    limits.totalMs,
  );
  const tooMuch: Ending = [1009, `${limits.bytes / 1_048_576} MiB were sent; at the gateway there is no such limit`];
  client.once('close', () => clearTimeout(timer));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) {
    onAbort();
    return;
  }
  const onTooMuch = () => end(tooMuch);
  pass(client, service, { most: limits.bytes, look: () => {}, onTooMuch, onEnd: () => service.end() });
  const gone = whenGone(client, fromService, lost, end);
  const look = (bytes: Buffer) => fromService.take(bytes);
  const take = pass(service, client, { most: limits.bytes, look, onTooMuch, onEnd: gone.onEnd });
  if (first.length > 0) take(first);
  // Who half-closes has left: a service that does not care is not waited for.
  client.once('end', () => goodbye(service));
  // It may have gone while it was written down that it came.
  if (service.destroyed) gone.onClose();
  else service.once('close', gone.onClose);
}

/** What is done when the service leaves; where that has words, and it did not say so itself, they are told. */
function whenGone(client: Socket, fromService: FrameScanner, lost: string | undefined, end: (ending: Ending) => void) {
  const leave = (orElse: () => void) => () => {
    if (lost !== undefined && !fromService.hasClosed && client.writable) end([1011, lost]);
    else orElse();
  };
  return { onEnd: leave(() => client.end()), onClose: leave(() => goodbye(client)) };
}

interface Passing {
  readonly most: number;
  readonly look: (bytes: Buffer) => void;
  readonly onTooMuch: () => void;
  readonly onEnd: () => void;
}

/** One way. What the other side has not taken is not read. */
function pass(from: Socket, to: Socket, { most, look, onTooMuch, onEnd }: Passing): (chunk: Buffer) => void {
  let bytes = 0;
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) {
      from.off('data', onData);
      return onTooMuch();
    }
    look(chunk);
    if (!to.write(chunk)) from.pause();
  };
  to.on('drain', () => from.resume());
  from.on('data', onData).once('end', onEnd);
  return onData;
}

/** Says why it ends, and leaves the other side a moment to read it: what is cut off with bytes unread is reset, and nothing said before arrives. */
function part(client: Socket, [code, why]: Ending): void {
  client.removeAllListeners('data');
  client.end(closeFrame(code, `Sconce: ${why}`));
  goodbye(client);
}

function goodbye(socket: Socket): void {
  socket.end();
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), partingMs);
  socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(cut));
}

function endingOf({ reason }: AbortSignal): Ending {
  const why = reason instanceof Error ? reason.message : 'it was ended';
  return [why === 'access ended' ? 1008 : 1001, why.slice(0, 80)];
}
