import { createLog, giveBackMemoryOfStart, stopOnSignals } from '@sconce/foundation';
import { loadConfig } from './config.ts';
import { start } from './start.ts';

const config = loadConfig(process.env);
const log = createLog('gateway', config.logLevel);
stopOnSignals(await start(config, log), log, config.drainTimeoutMs + 10_000);
giveBackMemoryOfStart();
