import { createLog, stopOnSignals } from '@sconce/foundation';
import { loadConfig } from './config.ts';
import { start } from './index.ts';

/** Longer than a build takes to be given back. */
const graceMs = 25_000;

const config = loadConfig(process.env);
stopOnSignals(await start(config), createLog('worker', config.logLevel), graceMs);
