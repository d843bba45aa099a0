import { backoffMs, type Log } from '@sconce/foundation';
import { Redis } from 'ioredis';

const maxPauseMs = 1_000;

/** A connection that is made again for as long as the process wants it; says once when it goes and once when it is back. */
export function connectRedis(url: string, purpose: string, log: Log, options: { forBlocking?: boolean } = {}): Redis {
  const connection = new Redis(url, {
    connectionName: `sconce ${purpose}`,
    connectTimeout: 2_000,
    // Consumers wait for Redis to come back; senders must hear at once that it is away.
    enableOfflineQueue: options.forBlocking === true,
    maxRetriesPerRequest: null,
    // Commands that were under way when the connection broke are answered as failed, not sent a second time behind the sender's back.
    autoResendUnfulfilledCommands: options.forBlocking === true,
    keepAlive: 5_000,
    retryStrategy: (times) => Math.max(20, backoffMs(Math.min(times, 6), 50, maxPauseMs)),
  });
  let isAway = false;
  connection.on('error', (error) => {
    if (!isAway) log.warn({ err: error, purpose }, 'Redis is away');
    isAway = true;
  });
  connection.on('ready', () => {
    if (isAway) log.info({ purpose }, 'Redis is back');
    isAway = false;
  });
  return connection;
}
