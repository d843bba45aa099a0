import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port in front of another, which can be taken away: connections break, and new ones are refused. */
export interface BreakablePort {
  readonly port: number;
  setAway(isAway: boolean): Promise<void>;
  close(): Promise<void>;
}

export async function openBreakablePort(host: string, to: number): Promise<BreakablePort> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(to, host);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await listen(0);
  const { port } = server.address() as { port: number };
  return {
    port,
    setAway: (isAway) => (isAway ? stop() : listen(port)),
    close: () => (server.listening ? stop() : Promise.resolve()),
  };
}
