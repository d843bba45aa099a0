import { type Database, openDatabase } from '@sconce/db';
import { createLog, parseEngineAddress, systemClock } from '@sconce/foundation';
import { createDockerImageRegistry } from '@sconce/images-docker';
import { createDockerRuntime } from '@sconce/runtime-docker';
import { loadKeys, openerFor } from '@sconce/secrets-local';
import type { SchedulerConfig } from './config.ts';
import type { SchedulerParts } from './start-scheduler.ts';

/** Chooses the adapters; the only file of the scheduler that names one. */
export async function wire(
  config: SchedulerConfig,
  shared: { readonly db?: Database } = {},
): Promise<{ parts: SchedulerParts; close: () => Promise<void> }> {
  const log = createLog('scheduler', config.logLevel);
  const keys = await loadKeys(config.keys);
  const engine = parseEngineAddress(config.dockerHost);
  const runtime = createDockerRuntime({
    engine,
    home: config.installation,
    clock: systemClock,
    log,
    stateDirectory: config.stateDirectory,
  });
  const onError = (error: unknown) => log.warn({ err: error }, 'the database reported an error');
  const db = shared.db ?? openDatabase({ url: config.databaseUrl, onError });
  const parts: SchedulerParts = {
    db,
    log,
    clock: systemClock,
    runtime,
    imageRegistry: createDockerImageRegistry({ dockerHost: config.dockerHost, home: config.installation }),
    secretOpener: openerFor(keys, 'secret'),
    variableOpener: openerFor(keys, 'variable'),
    link: config.link,
  };
  const close = async () => {
    await runtime.stop();
    if (!shared.db) await db.close();
  };
  return { parts, close };
}
