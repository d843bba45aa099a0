import { createLog, giveBackMemoryOfStart, stopOnSignals } from '@sconce/foundation';
import { loadConfig } from './config.ts';
import { start } from './index.ts';

/** Shorter than what `down` waits for before it kills. */
const graceMs = 25_000;

const config = loadConfig(process.env);
const log = createLog('control-plane', config.logLevel);
stopOnSignals(await start(config), log, graceMs);
log.info({}, 'the control plane is up');
giveBackMemoryOfStart();
