import { createLog, stopOnSignals } from '@sconce/foundation';
import { loadConfig } from './config.ts';
import { start } from './start.ts';

const config = loadConfig();
const log = createLog('api', config.logLevel);
stopOnSignals(await start(config, { log }), log, 15_000);
