import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@sconce/foundation';

/**
 * Which processes have answered since their start, kept over restarts of ours: a replica that is busy at that moment stays
 * ready until it fails as often as any other. Keyed by container and start, so a mark never speaks for a later process.
 */
export interface ReadyMarks {
  load(): Promise<void>;
  has(container: string, startedAt: string): boolean;
  set(container: string, startedAt: string): void;
  delete(container: string): void;
}

/** `directory` null: kept in memory only. A mark that could not be written costs one probe, so that is only logged. */
export function createReadyMarks(directory: string | null, log: Log): ReadyMarks {
  const marks = new Map<string, string>();
  const file = (container: string) => join(directory ?? '', container);
  let writes: Promise<unknown> = Promise.resolve();
  /** One after the other, so that the last word stands. */
  const write = (work: () => Promise<unknown>) => {
    if (directory === null) return;
    writes = writes
      .then(work)
      .catch((error: unknown) => log.warn({ err: error, directory }, 'a ready mark was not written'));
  };
  return {
    async load() {
      if (directory === null) return;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const containers = (await readdir(directory)).filter((name) => /^[0-9a-f]{64}$/.test(name));
        await Promise.all(containers.map(async (name) => marks.set(name, await readFile(file(name), 'utf8'))));
      } catch (error) {
        log.warn({ err: error, directory }, 'the ready marks were not read');
      }
    },
    has: (container, startedAt) => marks.get(container) === startedAt,
    set(container, startedAt) {
      if (marks.get(container) === startedAt) return;
      marks.set(container, startedAt);
      write(() => writeFile(file(container), startedAt, { mode: 0o600 }));
    },
    delete(container) {
      if (!marks.delete(container)) return;
      write(() => rm(file(container), { force: true }));
    },
  };
}
