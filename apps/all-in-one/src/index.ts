import { start as startApi } from '@sconce/api';
import type { Running } from '@sconce/foundation';
import { start as startScheduler } from '@sconce/scheduler';
import { start as startWorker } from '@sconce/worker';
import type { AllInOneConfig } from './config.ts';
import { startTogether } from './start-together.ts';

export { type AllInOneConfig, loadConfig } from './config.ts';

/**
 * The whole control plane in one process. The API comes last and goes first: it is ready only when what it accepts is taken up,
 * and nothing new comes in while the others finish. The gateway is not part of it and serves on when this stops.
 */
export function start(config: AllInOneConfig): Promise<Running> {
  return startTogether([
    { name: 'scheduler', start: () => startScheduler(config.scheduler) },
    { name: 'worker', start: () => startWorker(config.worker) },
    { name: 'api', start: () => startApi(config.api) },
  ]);
}
