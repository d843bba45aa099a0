import { connect } from 'node:net';
import { freePort } from './free-port.ts';
import { startProcess, temporaryDirectory } from './local-process.ts';
import { waitUntil } from './wait-until.ts';

export interface TemporaryRedis {
  readonly url: string;
  /** Stops answering without closing connections, until `resume`. */
  hang(): void;
  resume(): void;
  /** Ends it with SIGKILL and starts it again; what was not yet on disk is gone. */
  crash(): Promise<void>;
  /** Removes every key, as an operator might. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis of its own for one test file, set as Sconce sets it: append-only, never evicting. */
export async function temporaryRedis(): Promise<TemporaryRedis> {
  const directory = temporaryDirectory('redis');
  const port = await freePort();
  const start = async () => {
    const server = startProcess(
      'redis-server',
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        directory.path,
        '--appendonly',
        'yes',
        '--save',
        '',
        '--maxmemory-policy',
        'noeviction',
      ],
      { cwd: directory.path },
    );
    await waitUntil(
      'Redis to answer',
      () => command(port, 'PING').then((answer) => answer.startsWith('+PONG')),
      120_000,
    );
    return server;
  };
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    hang: () => void server.child.kill('SIGSTOP'),
    resume: () => void server.child.kill('SIGCONT'),
    crash: async () => {
      await server.stop('SIGKILL');
      server = await start();
    },
    flush: async () => void (await command(port, 'FLUSHALL')),
    stop: async () => {
      server.child.kill('SIGCONT');
      await server.stop('SIGKILL');
      directory.remove();
    },
  };
}

function command(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${text}\r\n`));
    socket.setTimeout(30_000, () => socket.destroy(new Error('Redis did not answer')));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
