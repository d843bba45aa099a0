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
  const args = ['--data-root', root, '--exec-root', exec, '--pidfile', pidFile, '--host', `unix://${socketPath}`];
  // Two networks, and its own addresses are used up; with one, it would not start again beside a network that has it.
  const pool = ['--default-address-pool', 'base=10.222.0.0/16,size=17'];
  const quiet = ['--bip=10.223.254.1/24', '--iptables=false', '--ip6tables=false', '--ip-masq=false'];
  const place = await makeNamespace();
  const containerdPid = join(exec, 'containerd/containerd.pid');
  const docker = new Docker({ socketPath });
  let engine: LocalProcess | null = null;

  async function start(): Promise<void> {
    engine = startProcess('nsenter', [`--net=/run/netns/${place.name}`, 'dockerd', ...args, ...pool, ...quiet]);
    await waitUntil('the engine to answer', () => docker.ping().then(() => true), 240_000);
  }

  async function close(): Promise<void> {
    await engine?.stop('SIGTERM');
    await unmountBelow(directory.path);
    await place.remove();
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

/**
 * A network namespace for the engine, with routes to what it may give its networks: beside the machine's own engine, one that starts takes
 * docker0 away from the other.
 */
async function makeNamespace(): Promise<{ readonly name: string; remove(): Promise<void> }> {
  const name = `sct${process.pid.toString(36)}`;
  await ip('netns', 'add', name);
  await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  await ip('addr', 'add', '10.223.255.1/30', 'dev', name);
  await ip('link', 'set', name, 'up');
  const inside = ['-n', name];
  await ip(...inside, 'link', 'set', 'lo', 'up');
  await ip(...inside, 'addr', 'add', '10.223.255.2/30', 'dev', 'eth0');
  await ip(...inside, 'link', 'set', 'eth0', 'up');
  await ip(...inside, 'route', 'add', 'default', 'via', '10.223.255.1');
  for (const network of ['10.222.0.0/16', '10.200.0.0/13', '10.208.0.0/13'])
    await ip('route', 'add', network, 'via', '10.223.255.2');
  return {
    name,
    remove: async () => {
      await ip('link', 'del', name);
      await ip('netns', 'del', name);
    },
  };
}

async function ip(...args: string[]): Promise<void> {
  await run('ip', args, { env: {}, timeoutMs: 60_000 });
}

async function unmountBelow(path: string): Promise<void> {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${path}/`));
  for (const point of points.reverse())
    await run('umount', ['-l', point], { env: {}, timeoutMs: 60_000, okCodes: [0, 1, 32] });
}
