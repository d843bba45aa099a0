import { type ExecFromClient, largestExecMessage } from '@sconce/contract';
import type { WebSocket } from 'ws';
import type { Context } from '../context.ts';

/** Until `signal`: what comes on standard input goes to the command, as fast as it is taken; keys as they are where it has a terminal. */
export function handOnInput(
  socket: WebSocket,
  { stdin, stdout }: Pick<Context, 'stdin' | 'stdout'>,
  hasTerminal: boolean,
  send: (message: ExecFromClient) => void,
  signal: AbortSignal,
): void {
  if (signal.aborted) return;
  const onData = (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += largestExecMessage) {
      stdin.pause();
      socket.send(chunk.subarray(at, at + largestExecMessage), { binary: true }, () => {
        if (!signal.aborted && socket.bufferedAmount === 0) stdin.resume();
      });
    }
  };
  const onEnd = () => send({ type: 'end' });
  const onResize = () => send({ type: 'resize', columns: stdout.columns || 80, rows: stdout.rows || 24 });
  if (hasTerminal) {
    stdin.setRawMode(true);
    stdout.on('resize', onResize);
    // It may have changed since the command was asked for.
    onResize();
  }
  stdin.on('data', onData).once('end', onEnd);
  if (stdin.readableEnded) onEnd();
  const leave = () => {
    stdin.off('data', onData).off('end', onEnd).pause();
    stdout.off('resize', onResize);
    if (hasTerminal) stdin.setRawMode(false);
  };
  signal.addEventListener('abort', leave, { once: true });
}
