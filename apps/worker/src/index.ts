import type { Database } from '@sconce/db';
import type { Running } from '@sconce/foundation';
import type { WorkerConfig } from './config.ts';
import { startWorker } from './start-worker.ts';
import { wire } from './wiring.ts';

export { loadConfig, type WorkerConfig } from './config.ts';

/** Starts a worker with the adapters of one machine. A `db` that is given is used, and stays open when this stops. */
export async function start(config: WorkerConfig, shared: { readonly db?: Database } = {}): Promise<Running> {
  const { parts, close } = await wire(config, shared);
  try {
    const worker = await startWorker(parts);
    return {
      stop: async () => {
        try {
          await worker.stop();
        } finally {
          await close();
        }
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
