import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { migrate } from '@sconce/db';
import { installationOf } from '@sconce/foundation';
import { createKeysFile } from '@sconce/secrets-local';
import {
  freePort,
  type TemporaryPostgres,
  type TemporaryRedis,
  temporaryDirectory,
  temporaryPostgres,
  temporaryRedis,
  waitUntil,
} from '@sconce/testkit';
import { findDockerClient } from './docker-client.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export type ProcessName = 'api' | 'worker' | 'scheduler' | 'gateway';
export const processNames: readonly ProcessName[] = ['api', 'worker', 'scheduler', 'gateway'];

/** A test run that ends early must not leave servers behind. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One server process of the platform, from its build, as an operator would run it. */
export class PlatformProcess {
  readonly name: string;
  private child: ChildProcess | null = null;
  private readonly environment: Record<string, string>;
  private readonly logFile: string;
  private readonly ready: () => Promise<boolean>;

  constructor(name: string, environment: Record<string, string>, logFile: string, ready: () => Promise<boolean>) {
    this.name = name;
    this.environment = environment;
    this.logFile = logFile;
    this.ready = ready;
  }

  get pid(): number {
    if (!this.child?.pid) throw new Error(`${this.name} is not running`);
    return this.child.pid;
  }

  /** Resolves when it says it is ready; fails with its last log lines when it ends before. */
  async start(): Promise<void> {
    const log = openSync(this.logFile, 'a');
    const child = spawn(process.execPath, [`${root}apps/${this.name}/dist/main.js`], {
      env: this.environment,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    await waitUntil(
      `${this.name} to be ready`,
      async () => {
        if (child.exitCode !== null) return true;
        return this.ready();
      },
      240_000,
    );
    if (child.exitCode !== null)
      throw new Error(`${this.name} ended with ${child.exitCode} while starting:\n${this.lastLines()}`);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Sends the signal and waits until it is gone. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    if (signal === 'SIGKILL') child.kill('SIGCONT');
    await gone;
    this.child = null;
  }

  lastLines(count = 30): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  }
}

export interface Platform {
  readonly home: string;
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  readonly token: string;
  readonly databaseUrl: string;
  readonly postgres: TemporaryPostgres;
  readonly redis: TemporaryRedis;
  /** Where the control plane is one process, it stands for its three parts. */
  readonly processes: Readonly<Record<ProcessName, PlatformProcess>>;
  /** Directory of the four log files. */
  readonly logs: string;
  stop(): Promise<void>;
}

export interface PlatformOptions {
  /** Settings of the processes beyond those that make it work. */
  readonly environment?: Readonly<Record<string, string>>;
  /** `together`: api, worker and scheduler in one process, as `npm run up` has them on one machine. Default `apart`. */
  readonly controlPlane?: 'apart' | 'together';
}

/**
 * The whole platform on real parts of its own: Postgres, Redis, the four processes, and this machine's container engine under an installation id that
 * nothing else has. Everything it made is gone after `stop`.
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const directory = temporaryDirectory('platform');
  const logs = `${directory.path}/logs`;
  for (const name of ['logs', 'data', 'data/git', 'gateway'])
    mkdirSync(`${directory.path}/${name}`, { recursive: true });
  const [postgres, redis, apiPort, gatewayPort, linkPort, adminPort] = await Promise.all([
    temporaryPostgres(),
    temporaryRedis(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const databaseUrl = await postgres.database();
  await migrate(databaseUrl);
  await createKeysFile(`${directory.path}/keys.json`);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const environment: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: directory.path,
    ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
    NODE_ENV: 'production',
    SCONCE_HOME: directory.path,
    SCONCE_KEYS_FILE: `${directory.path}/keys.json`,
    SCONCE_GIT_DIR: `${directory.path}/data/git`,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    SCONCE_API_HOST: '127.0.0.1',
    SCONCE_API_PORT: String(apiPort),
    SCONCE_GATEWAY_HOST: '127.0.0.1',
    SCONCE_GATEWAY_PORT: String(gatewayPort),
    SCONCE_GATEWAY_ADMIN_PORT: String(adminPort),
    SCONCE_LINK_PORT: String(linkPort),
    SCONCE_LINK_TOKEN: 'link-token-of-a-test-0123456789abcdef',
    SCONCE_PUBLIC_URL: apiUrl,
    SCONCE_GATEWAY_URL: gatewayUrl,
    SCONCE_GITHUB_WEBHOOK_SECRET: 'webhook-secret-of-a-test',
    SCONCE_LOG_LEVEL: 'info',
    ...options.environment,
  };
  const answers = (url: string) => async () => (await fetch(url)).status < 500;
  const always = async () => true;
  const ready: Record<ProcessName, () => Promise<boolean>> = {
    api: answers(`${apiUrl}/readyz`),
    worker: always,
    scheduler: always,
    gateway: answers(`${gatewayUrl}/.sconce/healthz`),
  };
  const make = (name: ProcessName, app: string = name) =>
    new PlatformProcess(app, environment, `${logs}/${app}.log`, ready[name]);
  const processes = makeProcesses(make, options.controlPlane ?? 'apart');
  const all = [...new Set(Object.values(processes))];
  await Promise.all(all.map((each) => each.start()));
  const admin = execFileSync(process.execPath, [`${root}apps/api/dist/bootstrap-admin.js`], {
    env: environment,
    encoding: 'utf8',
  });
  const { token } = JSON.parse(admin.trim().split('\n').at(-1) ?? '{}') as { token: string };
  return {
    home: directory.path,
    apiUrl,
    gatewayUrl,
    token,
    databaseUrl,
    postgres,
    redis,
    processes,
    logs,
    stop: async () => {
      await Promise.all(all.filter((each) => each !== processes.gateway).map((each) => each.end()));
      await processes.gateway.end();
      await removeFromEngine(installationOf(directory.path));
      await Promise.all([postgres.stop(), redis.stop()]);
      directory.remove();
    },
  };
}

function makeProcesses(
  make: (name: ProcessName, app?: string) => PlatformProcess,
  controlPlane: 'apart' | 'together',
): Record<ProcessName, PlatformProcess> {
  const gateway = make('gateway');
  if (controlPlane === 'apart')
    return { api: make('api'), worker: make('worker'), scheduler: make('scheduler'), gateway };
  const together = make('api', 'all-in-one');
  return { api: together, worker: together, scheduler: together, gateway };
}

/** Takes away all that this installation left on the engine: replicas, networks, volumes and built images carry its label. */
async function removeFromEngine(installation: string): Promise<void> {
  const docker = findDockerClient();
  const mine = ['--filter', `label=sconce.home=${installation}`];
  const kinds = [
    { list: ['ps', '-aq'], remove: ['rm', '-f', '-v'] },
    { list: ['network', 'ls', '-q'], remove: ['network', 'rm'] },
    { list: ['volume', 'ls', '-q'], remove: ['volume', 'rm', '-f'] },
    { list: ['images', '-q'], remove: ['rmi', '-f'] },
  ];
  for (const { list, remove } of kinds) {
    // The engine may still be removing what the platform asked it to remove last, and refuses a second request for that.
    await waitUntil(`docker ${remove.join(' ')} to leave nothing`, () => {
      const ids = new Set(execFileSync(docker, [...list, ...mine], { encoding: 'utf8' }).split('\n'));
      ids.delete('');
      if (ids.size > 0) spawnSync(docker, [...remove, ...ids], { stdio: 'ignore' });
      return ids.size === 0;
    });
  }
}
