export { type ApiConfig, loadConfig } from './config.ts';
export { type RunningApi, start } from './start.ts';
