import { type ApiConfig, loadConfig as loadApiConfig } from '@sconce/api';
import { loadConfig as loadSchedulerConfig, type SchedulerConfig } from '@sconce/scheduler';
import { loadConfig as loadWorkerConfig, type WorkerConfig } from '@sconce/worker';

export interface AllInOneConfig {
  readonly api: ApiConfig;
  readonly worker: WorkerConfig;
  readonly scheduler: SchedulerConfig;
  readonly logLevel: string;
}

/** Each part reads its own settings from the one environment. Throws `ConfigInvalid`. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): AllInOneConfig {
  const api = loadApiConfig(environment);
  return {
    api,
    worker: loadWorkerConfig(environment),
    scheduler: loadSchedulerConfig(environment),
    logLevel: api.logLevel,
  };
}
