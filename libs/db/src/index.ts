export { type Channel, type Database, type DatabaseOptions, openDatabase, type Tx } from './database.ts';
export * from './events.ts';
export * from './leases.ts';
export * from './logs.ts';
export * from './migrate.ts';
export * from './outbox.ts';
export * from './wakeups.ts';
