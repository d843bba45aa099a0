import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RouteTable } from '@sconce/core';
import type { Log } from '@sconce/foundation';
import { parseTable } from './parse-table.ts';

/** The last table, kept so that a gateway which starts alone serves what it served. */
export class DiskTable {
  private readonly path: string;
  private readonly log: Log;
  private pending: string | null = null;
  private writing: Promise<void> | null = null;

  constructor(directory: string, log: Log) {
    this.path = join(directory, 'table.json');
    this.log = log;
  }

  /** Null when there is none. One that cannot be read is set aside, and said. */
  async load(): Promise<RouteTable | null> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.log.error({ err: error, path: this.path }, 'the table on disk cannot be read; starting without one');
      }
      return null;
    }
    const parsed = parseTable(text);
    if ('table' in parsed) return parsed.table;
    await this.setAside(parsed.message);
    return null;
  }

  /** Writes soon; of several tables given while one is being written only the last is kept. */
  save(text: string): void {
    this.pending = text;
    this.writing ??= this.writePending().finally(() => {
      this.writing = null;
    });
  }

  /** Resolves once everything given is on disk, or was said not to be. */
  async flush(): Promise<void> {
    while (this.writing !== null) await this.writing;
  }

  private async writePending(): Promise<void> {
    while (this.pending !== null) {
      const text = this.pending;
      this.pending = null;
      try {
        await writeDurably(this.path, text);
      } catch (error) {
        this.log.error(
          { err: error, path: this.path },
          'the table could not be written to disk; it is served all the same',
        );
      }
    }
  }

  private async setAside(message: string): Promise<void> {
    const aside = `${this.path}.corrupt-${Date.now()}`;
    this.log.error({ path: this.path, aside, reason: message }, 'the table on disk is corrupt; it is set aside');
    await rename(this.path, aside).catch((error: unknown) => {
      this.log.error({ err: error, path: this.path }, 'the corrupt table could not be set aside');
    });
  }
}

/** After a crash at any moment the file is the old one or the new one, whole. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  // Without this the rename itself may be lost in a power cut.
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
