import type { Running } from '@sconce/foundation';

export interface Part {
  readonly name: string;
  start(): Promise<Running>;
}

/**
 * Starts parts one after the other and stops them in the opposite order. When one does not start, those before it are stopped
 * again and its error is thrown. Stopping goes on past a part that fails to stop; all failures are thrown together at the end.
 */
export async function startTogether(parts: readonly Part[]): Promise<Running> {
  const started: { name: string; running: Running }[] = [];
  for (const { name, start } of parts) {
    try {
      started.push({ name, running: await start() });
    } catch (cause) {
      const error = new Error(`${name} could not be started`, { cause });
      await stopAll(started).catch((alsoFailed: unknown) => {
        throw new AggregateError([error, alsoFailed], error.message);
      });
      throw error;
    }
  }
  let stopping: Promise<void> | null = null;
  return {
    stop: () => {
      stopping ??= stopAll(started);
      return stopping;
    },
  };
}

async function stopAll(started: readonly { name: string; running: Running }[]): Promise<void> {
  const failures: Error[] = [];
  for (const { name, running } of started.toReversed()) {
    try {
      await running.stop();
    } catch (cause) {
      failures.push(new Error(`${name} could not be stopped`, { cause }));
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join(', '));
}
