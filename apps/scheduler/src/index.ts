import type { Database } from '@sconce/db';
import type { Running } from '@sconce/foundation';
import type { SchedulerConfig } from './config.ts';
import { startScheduler } from './start-scheduler.ts';
import { wire } from './wiring.ts';

export { loadConfig, type SchedulerConfig } from './config.ts';
export { type Scheduler, type SchedulerParts, startScheduler } from './start-scheduler.ts';

/** Starts a scheduler with the adapters of one machine. Replicas go on when it stops; so does a `db` that is given. */
export async function start(config: SchedulerConfig, shared: { readonly db?: Database } = {}): Promise<Running> {
  const { parts, close } = await wire(config, shared);
  const scheduler = startScheduler(parts);
  return {
    stop: async () => {
      try {
        await scheduler.stop();
      } finally {
        await close();
      }
    },
  };
}
