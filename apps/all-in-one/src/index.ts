import { start as startApi } from '@sconce/api';
import { openDatabase } from '@sconce/db';
import { createLog, type Running } from '@sconce/foundation';
import { start as startScheduler } from '@sconce/scheduler';
import { start as startWorker } from '@sconce/worker';
import type { AllInOneConfig } from './config.ts';
import { startTogether } from './start-together.ts';

export { type AllInOneConfig, loadConfig } from './config.ts';

/** For all three together; each of them alone would have 16. */
const maxConnections = 32;

/**
 * The whole control plane in one process, over one set of database connections: an idle platform should be small. The API comes last
 * and goes first: it is ready only when what it accepts is taken up, and nothing new comes in while the others finish. The gateway is
 * not part of it and serves on when this stops.
 */
export function start(config: AllInOneConfig): Promise<Running> {
  const log = createLog('control-plane', config.logLevel);
  const onError = (error: unknown) => log.warn({ err: error }, 'the database reported an error');
  const db = openDatabase({ url: config.api.databaseUrl, maxConnections, onError });
  return startTogether([
    { name: 'database', start: async () => ({ stop: () => db.close() }) },
    { name: 'scheduler', start: () => startScheduler(config.scheduler, { db }) },
    { name: 'worker', start: () => startWorker(config.worker, { db }) },
    { name: 'api', start: () => startApi(config.api, { db }) },
  ]);
}
