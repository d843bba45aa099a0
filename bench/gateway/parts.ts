import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { measuredCore, otherCore, sleep } from './measure.ts';

export interface Part {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Contender extends Part {
  readonly name: 'gateway' | 'haproxy' | 'go';
  readonly address: string;
}

const replicaPort = 18_470;
const ports = { gateway: 18_471, haproxy: 18_472, go: 18_473, admin: 18_474 } as const;

export async function startReplica(tool: string): Promise<Part> {
  return await startPart(otherCore, tool, ['replica', `127.0.0.1:${replicaPort}`], replicaPort);
}

/** All three run the whole time; the ones whose turn it is not are idle. */
export async function makeContenders(tool: string, directory: string): Promise<Contender[]> {
  const haproxyConfig = join(directory, 'haproxy.cfg');
  await writeFile(haproxyConfig, haproxy());
  await mkdir(join(directory, 'gateway'));
  await writeFile(join(directory, 'gateway', 'table.json'), JSON.stringify(table()));
  const main = join(import.meta.dirname, '../../apps/gateway/src/main.ts');
  const environment = {
    SCONCE_GATEWAY_DIR: join(directory, 'gateway'),
    SCONCE_GATEWAY_PORT: String(ports.gateway),
    SCONCE_GATEWAY_ADMIN_PORT: String(ports.admin),
    SCONCE_GATEWAY_DRAIN_SECONDS: '1',
    SCONCE_LOG_LEVEL: 'error',
  };
  const node = ['-C', 'sconce-source', main];
  return [
    await contender('gateway', process.execPath, node, environment),
    await contender('haproxy', '/usr/sbin/haproxy', ['-db', '-f', haproxyConfig]),
    await contender('go', tool, ['proxy', `127.0.0.1:${ports.go}`, `127.0.0.1:${replicaPort}`], { GOMAXPROCS: '1' }),
  ];
}

async function contender(
  name: Contender['name'],
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Contender> {
  const part = await startPart(measuredCore, command, args, ports[name], env);
  return { ...part, name, address: `127.0.0.1:${ports[name]}` };
}

async function startPart(
  core: string,
  command: string,
  args: string[],
  port: number,
  env: Record<string, string> = {},
): Promise<Part> {
  const child = spawn('taskset', ['-c', core, command, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await waitForPort(child, port);
  // taskset replaces itself by the command, so this is the command's own id.
  return { pid: child.pid ?? 0, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await gone;
  clearTimeout(patience);
}

async function waitForPort(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}`);
    const socket = connect({ host: '127.0.0.1', port });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`${child.spawnargs.join(' ')} does not listen on ${port}`);
}

function table(): object {
  const replica = { id: 'bench', host: '127.0.0.1', port: replicaPort };
  return {
    version: 1,
    routes: [
      {
        service: 'svc_bench',
        name: 'p/prod/bench',
        hosts: ['bench-prod-p.localhost'],
        pathPrefix: '/p/prod/bench',
        targets: [{ release: 'rel_bench', releaseNumber: 12, weight: 1, replicas: [replica] }],
        requestTimeoutMs: 30_000,
        concurrency: null,
        unavailable: null,
      },
    ],
  };
}

/** One thread, connections to the replica kept and shared, and the same work on headers as the other two do. */
function haproxy(): string {
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 2s
  timeout client 65s
  timeout server 65s
  timeout http-request 10s
frontend in
  bind 127.0.0.1:${ports.haproxy}
  acl is_bench hdr(host) -i bench-prod-p.localhost
  unique-id-format %{+X}o%ci%cp%Ts%rt
  http-request set-header x-request-id %[unique-id] unless { req.hdr(x-request-id) -m found }
  http-request set-header x-forwarded-for %[src]
  http-request set-header x-forwarded-proto http
  http-request set-header x-forwarded-host %[req.hdr(host)]
  http-response set-header x-sconce-release r12
  http-response set-header x-request-id %[unique-id]
  use_backend replicas if is_bench
backend replicas
  http-reuse always
  balance leastconn
  server bench 127.0.0.1:${replicaPort}
`;
}
