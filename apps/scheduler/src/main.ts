import { createLog, stopOnSignals } from '@sconce/foundation';
import { loadConfig } from './config.ts';
import { start } from './index.ts';

/** Longer than a look at a service takes. */
const graceMs = 15_000;

const config = loadConfig(process.env);
stopOnSignals(await start(config), createLog('scheduler', config.logLevel), graceMs);
