import { connect, createServer, type Socket } from 'node:net';

/** The way between a client and a server, which can break: nothing of what goes over it is changed. */
export interface BreakableLine {
  readonly url: string;
  /** Whom it leads to. */
  to(url: string): void;
  /** Ends every connection, and takes no new one. */
  cut(): void;
  /** Takes connections, and lets nothing through: what has no end that anybody tells. */
  stall(): void;
  /** Lets requests through, and cuts the connection of those meant (`PATCH /v1/...`) when their answer comes: of what was done nobody hears. */
  loseAnswers(isMeant: (requestLine: string) => boolean): void;
  /** How many answers were lost since. */
  lost(): number;
  mend(): void;
  close(): Promise<void>;
}

export async function openBreakableLine(port: number): Promise<BreakableLine> {
  const open = new Set<Socket>();
  let target = { host: '127.0.0.1', port: 0 };
  let state: 'whole' | 'cut' | 'stalled' = 'whole';
  let isMeant: (requestLine: string) => boolean = () => false;
  let lost = 0;
  const keep = (socket: Socket) => {
    open.add(socket);
    // A connection that breaks is what this is for.
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
    if (state === 'stalled') socket.pause();
  };
  const end = () => {
    for (const socket of open) socket.destroy();
  };
  const server = createServer((near) => {
    if (state === 'cut') return near.destroy();
    keep(near);
    if (state === 'stalled') return;
    const far = connect(target);
    keep(far);
    let isAwaited = false;
    near.on('data', (chunk: Buffer) => {
      const line = chunk.subarray(0, 2_000).toString('latin1').split('\r\n', 1)[0] ?? '';
      if (/ HTTP\/1\.1$/.test(line)) isAwaited = isMeant(line);
    });
    // Before the pipe hands it on: what is written after is written to nobody.
    far.on('data', () => {
      if (!isAwaited) return;
      lost += 1;
      isAwaited = false;
      near.destroy();
    });
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    to: (url) => {
      const { hostname, port: far } = new URL(url);
      target = { host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(far) };
    },
    cut: () => {
      state = 'cut';
      end();
    },
    stall: () => {
      state = 'stalled';
      for (const socket of open) {
        socket.unpipe();
        socket.pause();
      }
    },
    loseAnswers: (meant) => {
      isMeant = meant;
      lost = 0;
    },
    lost: () => lost,
    mend: () => {
      isMeant = () => false;
      // What stood still is gone for good, as after a change of networks.
      if (state === 'stalled') end();
      state = 'whole';
    },
    close: async () => {
      end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
