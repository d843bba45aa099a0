import { connect, createServer, type Socket } from 'node:net';

export interface PortRelay {
  readonly port: number;
  close(): Promise<void>;
}

export type RelayTarget = { readonly port: number; readonly host: string } | { readonly path: string };

/**
 * A port of an address of this machine that leads elsewhere: lets a pod reach what listens for this machine alone, and gives a name that is known
 * beforehand to what is there only later.
 */
export async function openPortRelay(address: string, target: () => RelayTarget): Promise<PortRelay> {
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    // Either side may end as it likes; the other is ended with it.
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ ...target(), allowHalfOpen: true });
    keep(near);
    keep(far);
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  const { port } = server.address() as { port: number };
  return {
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
