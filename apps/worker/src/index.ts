import type { Running } from '@sconce/foundation';
import type { WorkerConfig } from './config.ts';
import { startWorker } from './start-worker.ts';
import { wire } from './wiring.ts';

export { loadConfig, type WorkerConfig } from './config.ts';

/** Starts a worker with the adapters of one machine. */
export async function start(config: WorkerConfig): Promise<Running> {
  const { parts, close } = await wire(config);
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
