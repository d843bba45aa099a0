import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@sconce/foundation';
import { type LocalProcess, startProcess, temporaryDirectory, waitUntil } from '@sconce/testkit';
import Docker from 'dockerode';

/** A Docker Engine beside the machine's own, which a test may stop, kill and start as it likes. */
export interface OwnEngine {
  readonly socketPath: string;
  start(): Promise<void>;
  /** SIGTERM: as a restart of the system's service does; SIGKILL: as a crash does. */
  stop(signal: NodeJS.Signals): Promise<void>;
  close(): Promise<void>;
}

export async function startOwnEngine(): Promise<OwnEngine> {
  const directory = temporaryDirectory('engine');
  const socketPath = join(directory.path, 'docker.sock');
  const pidFile = join(directory.path, 'docker.pid');
  const root = join(directory.path, 'root');
  const exec = join(directory.path, 'exec');
  // Without rules of its own: it would take down those of the machine's engine, which has the same chains.
  const args = ['--data-root', root, '--exec-root', exec, '--pidfile', pidFile, '--host', `unix://${socketPath}`];
  // One network, and its own addresses are used up.
  const pool = ['--default-address-pool', 'base=172.31.0.0/16,size=16'];
  // TRAP, to be mended here: `--bridge=none` makes dockerd DELETE the machine's docker0 (removeDefaultBridgeInterface), which breaks
  // every build and plain container of the real engine. Give it a bridge of its own (ip link add ... type bridge; --bridge=<it>).
  const quiet = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-masq=false'];
  const containerdPid = join(exec, 'containerd/containerd.pid');
  const docker = new Docker({ socketPath });
  let engine: LocalProcess | null = null;

  async function start(): Promise<void> {
    engine = startProcess('dockerd', [...args, ...pool, ...quiet]);
    await waitUntil('the engine to answer', () => docker.ping().then(() => true), 60_000);
  }

  async function close(): Promise<void> {
    await engine?.stop('SIGTERM');
    await unmountBelow(directory.path);
    directory.remove();
  }

  await start();
  return {
    socketPath,
    start,
    async stop(signal) {
      await engine?.stop(signal);
      engine = null;
      // Its containerd dies with it, but a first process that does not reap leaves the pid in use: the next start would wait
      // for a containerd that never answers.
      rmSync(containerdPid, { force: true });
    },
    close,
  };
}

async function unmountBelow(path: string): Promise<void> {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${path}/`));
  for (const point of points.reverse())
    await run('umount', ['-l', point], { env: {}, timeoutMs: 10_000, okCodes: [0, 1, 32] });
}
