import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A socket in front of an engine's, which can be taken away: as an engine that is down, or one that hangs. */
export interface EngineProxy {
  readonly socketPath: string;
  /** Away: connections break and new ones are refused. */
  setAway(isAway: boolean): Promise<void>;
  /** Hanging: nothing goes through, and nothing breaks. */
  setHanging(isHanging: boolean): void;
  close(): Promise<void>;
}

export async function startEngineProxy(socketPath: string, engineSocket: string): Promise<EngineProxy> {
  const sockets = new Set<Socket>();
  let isHanging = false;
  let server: Server | null = null;

  function accept(client: Socket): void {
    const upstream = connect(engineSocket);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('data', (chunk) => {
        if (isHanging) one.pause();
        if (!other.write(chunk)) one.pause();
      });
      other.on('drain', () => one.resume());
      one.on('end', () => other.end());
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      if (isHanging) one.pause();
    }
  }

  async function listen(): Promise<void> {
    rmSync(socketPath, { force: true });
    const next = createServer({ allowHalfOpen: true }, accept);
    await new Promise<void>((resolve) => next.listen(socketPath, resolve));
    server = next;
  }

  async function stopListening(): Promise<void> {
    const old = server;
    server = null;
    for (const socket of sockets) socket.destroy();
    if (old !== null) await new Promise<void>((resolve) => old.close(() => resolve()));
  }

  await listen();
  return {
    socketPath,
    setAway: (isAway) => (isAway ? stopListening() : listen()),
    setHanging(value) {
      isHanging = value;
      for (const socket of sockets)
        if (value) socket.pause();
        else socket.resume();
    },
    close: stopListening,
  };
}
