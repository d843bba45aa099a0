import { migrate } from '@sconce/db';
import { createLog } from '@sconce/foundation';
import { loadConfig } from './config.ts';

/** Brings the tables to this version, and ends: what runs before the processes of a new version do (the chart's hook, the compose file). */
const config = loadConfig();
const log = createLog('migrate-database', config.logLevel);
const applied = await migrate(config.databaseUrl);
log.info({ applied }, applied.length === 0 ? 'the tables are up to date' : 'migrations were applied');
