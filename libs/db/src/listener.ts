import pg from 'pg';
import type { Channel } from './database.ts';

interface Subscription {
  readonly channel: Channel;
  readonly onMessage: (payload: string | null) => void;
}

export interface Listener {
  /**
   * Calls `onMessage` for each NOTIFY on the channel, and with null after every (re)connect. Resolves when the signal aborts.
   */
  listen(channel: Channel, onMessage: Subscription['onMessage'], signal: AbortSignal): Promise<void>;
}

/**
 * One connection for all channels of a database, there while anybody listens and made again when it is lost. Not one of the pool's:
 * those are lent for moments, this one for good.
 */
export function createListener(url: string, onError: (error: unknown) => void): Listener {
  const subscriptions = new Set<Subscription>();
  let client: pg.Client | null = null;
  let isRunning = false;
  /** Ends the wait that the loop is in: nobody listens any more. */
  let wakeLoop = () => {};

  const begin = async (to: pg.Client, subscription: Subscription) => {
    await to.query(`LISTEN ${subscription.channel}`);
    // What was announced before this connection listened is told by looking.
    if (subscriptions.has(subscription)) subscription.onMessage(null);
  };

  const serve = async () => {
    const made = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      application_name: 'sconce listener',
    });
    try {
      const ended = new Promise<void>((resolve) => {
        made.on('error', () => resolve());
        made.on('end', () => resolve());
        wakeLoop = resolve;
      });
      made.on('notification', ({ channel, payload }) => {
        for (const each of subscriptions) if (each.channel === channel) each.onMessage(payload ?? '');
      });
      await made.connect();
      client = made;
      for (const subscription of subscriptions) await begin(made, subscription);
      if (subscriptions.size > 0) await ended;
    } finally {
      client = null;
      await made.end().catch(() => {});
    }
  };

  const run = async () => {
    isRunning = true;
    for (let failures = 0; subscriptions.size > 0; failures += 1) {
      try {
        await serve();
        failures = 0;
      } catch (error) {
        onError(error);
      }
      if (subscriptions.size > 0) await wait(Math.min(2_000, 50 * 2 ** failures), (wake) => (wakeLoop = wake));
    }
    isRunning = false;
  };

  return {
    listen: (channel, onMessage, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const subscription = { channel, onMessage };
        subscriptions.add(subscription);
        const stop = () => {
          subscriptions.delete(subscription);
          if (subscriptions.size === 0) wakeLoop();
          resolve();
        };
        signal.addEventListener('abort', stop, { once: true });
        if (!isRunning) void run();
        // A connection that fails now ends the loop's wait, which then begins for all again.
        else if (client) begin(client, subscription).catch(onError);
      }),
  };
}

/** Resolves after `ms`, or when what `onStart` was given is called. */
function wait(ms: number, onStart: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    onStart(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
