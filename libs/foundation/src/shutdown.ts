import type { Log } from './logging.ts';

export interface Running {
  stop(): Promise<void>;
}

/** Stops once on SIGTERM or SIGINT, then leaves with 0; leaves with 1 when stopping takes longer than `graceMs`. */
export function stopOnSignals(running: Running, log: Log, graceMs: number): void {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    const late = setTimeout(() => {
      log.error({ graceMs }, 'did not stop in time');
      process.exit(1);
    }, graceMs);
    late.unref();
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}
