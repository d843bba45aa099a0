import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Route, RouteTable } from '@sconce/core';
import { type Log, silentLog } from '@sconce/foundation';
import { defaultLimits, type GatewayConfig, type Limits, type RunningGateway, start } from '../src/index.ts';
import { writeDurably } from '../src/table/disk-table.ts';

export interface BenchOptions {
  readonly table?: RouteTable;
  readonly limits?: Partial<Limits>;
  readonly link?: GatewayConfig['link'];
  readonly trustedProxies?: readonly string[];
  readonly drainTimeoutMs?: number;
  readonly directory?: string;
  readonly log?: Log;
}

export interface Bench extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly port: number;
  readonly directory: string;
}

/** A test that is about one of these says how long: to all others a machine that stands still for a while is no event. */
const patientLimits: Limits = {
  ...defaultLimits,
  headTimeoutMs: 60_000,
  bodyRateWindowMs: 60_000,
  lingerMs: 60_000,
  connectTimeoutMs: 60_000,
  upstreamIdleMs: 60_000,
  upstreamIdleOnceMs: 60_000,
};

/** A whole gateway on a free port, with the given table as the one it finds on disk. */
export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'sconce-gateway-')));
  if (options.table) await writeDurably(join(directory, 'table.json'), JSON.stringify(options.table));
  const gateway = await start(
    {
      host: '127.0.0.1',
      port: 0,
      adminHost: '127.0.0.1',
      adminPort: 0,
      link: options.link ?? null,
      directory,
      trustedProxies: options.trustedProxies ?? [],
      drainTimeoutMs: options.drainTimeoutMs ?? 200,
      logLevel: 'error',
      limits: { ...patientLimits, ...options.limits },
    },
    options.log ?? silentLog,
  );
  return {
    gateway,
    port: gateway.port,
    directory,
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

let versions = 0;

/** A table with one route, `echo.test` and `/p/e/echo`, to the given ports of this machine. */
export function aTable(ports: readonly number[], route: Partial<Route> = {}, version = ++versions): RouteTable {
  return { version, routes: [aRoute(ports, route)] };
}

export function aRoute(ports: readonly number[], route: Partial<Route> = {}): Route {
  return {
    service: 'svc_01k00000000000000000000001',
    name: 'p/e/echo',
    hosts: ['echo.test'],
    pathPrefix: '/p/e/echo',
    targets: [
      {
        release: 'rel_01k00000000000000000000001',
        releaseNumber: 12,
        weight: 1,
        replicas: ports.map((port) => ({ id: `replica-${port}`, host: '127.0.0.1', port })),
      },
    ],
    requestTimeoutMs: 120_000,
    concurrency: null,
    unavailable: null,
    ...route,
  };
}
