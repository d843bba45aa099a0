import { randomBytes } from 'node:crypto';
import { createLog, type Log, type Running } from '@sconce/foundation';
import { AdminServer } from './admin/admin-server.ts';
import { type GatewayConfig, toBlockList } from './config.ts';
import type { Context } from './context.ts';
import { GatewayServer } from './gateway-server.ts';
import { loadGatewayId } from './link/gateway-id.ts';
import { LoadReport } from './link/load-report.ts';
import { SchedulerLink } from './link/scheduler-link.ts';
import { TableKeeper } from './link/table-keeper.ts';
import { DiskTable } from './table/disk-table.ts';
import { LiveTable } from './table/live-table.ts';
import { lookEveryMs, TrafficMeter } from './traffic/traffic-meter.ts';

export interface RunningGateway extends Running {
  readonly port: number;
  readonly adminPort: number;
  /** Version of the table in use; 0 before there is one. */
  tableVersion(): number;
}

/** Serves: with the table from disk at once, with the scheduler's as soon as there is one. */
export async function start(
  config: GatewayConfig,
  log: Log = createLog('gateway', config.logLevel),
): Promise<RunningGateway> {
  let link: SchedulerLink | null = null;
  const table = new LiveTable((replica) => link?.drained(replica.id));
  const disk = new DiskTable(config.directory, log);
  const traffic = new TrafficMeter(randomBytes(6).toString('hex'), table, Date.now(), () => link?.tellTraffic());
  const keeper = new TableKeeper(table, disk, log, (boot, sequence) => traffic.taken(boot, sequence));
  await keeper.loadFromDisk();
  const context = makeContext(config, table, log);
  const server = new GatewayServer(context, log);
  const port = await server.listen(config.host, config.port);
  const linkIsUp = () => link?.isUp === true;
  // Who has no scheduler has nothing to wait for.
  const isReady = () => config.link === null || keeper.knowsRoutes;
  const admin = new AdminServer(context, linkIsUp, isReady, config.link?.token ?? null);
  const adminPort = await admin.listen(config.adminHost, config.adminPort).catch(async (error: unknown) => {
    await server.drain(0);
    throw error;
  });
  if (config.link !== null) {
    const gateway = await loadGatewayId(config.directory);
    link = new SchedulerLink({ ...config.link, gateway, keeper, load: new LoadReport(table), traffic, log });
    link.start();
  }
  log.info({ host: config.host, port, adminPort, version: table.version }, 'the gateway is serving');
  const looking = setInterval(() => traffic.look(Date.now()), lookEveryMs);
  const stop = async () => {
    const cut = await server.drain(config.drainTimeoutMs);
    if (cut > 0) log.warn({ connections: cut }, 'connections were cut: they did not end in time');
    clearInterval(looking);
    // Last, so that the scheduler hears what drains until the end.
    link?.stop();
    await disk.flush();
    await admin.close();
  };
  let stopping: Promise<void> | null = null;
  return {
    port,
    adminPort,
    tableVersion: () => table.version,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function makeContext(config: GatewayConfig, table: LiveTable, log: Log): Context {
  // Ids need to be unique, not secret: a random start and a count.
  const boot = randomBytes(6).toString('hex');
  let made = 0;
  return {
    limits: config.limits,
    table,
    trustedProxies: toBlockList(config.trustedProxies),
    nowMs: () => performance.now(),
    random: Math.random,
    newRequestId: () => {
      made += 1;
      return `${boot}-${made.toString(36)}`;
    },
    isStopping: false,
    counts: { connections: 0, requests: 0, refused: new Map() },
    onBug: (error) => log.error({ err: error }, 'a request failed by a mistake of the gateway'),
  };
}
