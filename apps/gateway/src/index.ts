export { type GatewayConfig, loadConfig } from './config.ts';
export { defaultLimits, type Limits } from './limits.ts';
export { type RunningGateway, start } from './start.ts';
