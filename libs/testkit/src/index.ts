export * from './servers/free-port.ts';
export * from './servers/local-process.ts';
export * from './servers/temporary-postgres.ts';
export * from './servers/temporary-redis.ts';
export * from './servers/wait-until.ts';
