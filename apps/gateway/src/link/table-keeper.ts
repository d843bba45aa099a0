import { type GatewayToScheduler, schedulerToGatewaySchema } from '@sconce/contract';
import type { RouteTable } from '@sconce/core';
import type { Log } from '@sconce/foundation';
import type { DiskTable } from '../table/disk-table.ts';
import type { LiveTable } from '../table/live-table.ts';

/** Decides about what the scheduler sends, swaps tables, and passes on what else it says. */
export class TableKeeper {
  private readonly table: LiveTable;
  private readonly disk: DiskTable;
  private readonly log: Log;
  /** The text of the table in use, to tell the same table from another one of the same version. */
  private currentText = '';
  private wasPinged = false;
  private readonly onTrafficTaken: (boot: string, sequence: number) => void;

  constructor(
    table: LiveTable,
    disk: DiskTable,
    log: Log,
    onTrafficTaken: (boot: string, sequence: number) => void = () => {},
  ) {
    this.table = table;
    this.onTrafficTaken = onTrafficTaken;
    this.disk = disk;
    this.log = log;
  }

  get version(): number {
    return this.table.version;
  }

  /** Whether there is nothing to wait for: a table was read or received, or the scheduler was heard, who would have sent one first if there were any. */
  get knowsRoutes(): boolean {
    return this.currentText !== '' || this.wasPinged;
  }

  /** Serves the table on disk until the scheduler says otherwise. */
  async loadFromDisk(): Promise<void> {
    const table = await this.disk.load();
    if (table === null) return;
    this.table.swap(table);
    this.currentText = JSON.stringify(table);
    this.log.info({ version: table.version, routes: table.routes.length }, 'serving the table from disk');
  }

  /** Takes one message; returns what to answer, in order. */
  take(text: string): GatewayToScheduler[] {
    const value = parseJson(text);
    const parsed = schedulerToGatewaySchema.safeParse(value);
    if (!parsed.success) return this.refuse(value, parsed.error.issues[0]);
    const message = parsed.data;
    if (message.type === 'ping') {
      this.wasPinged = true;
      return [{ type: 'pong' }];
    }
    if (message.type === 'traffic_taken') this.onTrafficTaken(message.boot, message.sequence);
    return message.type === 'table' ? this.takeTable(message.table) : [];
  }

  private takeTable(table: RouteTable): GatewayToScheduler[] {
    const { version } = this.table;
    if (table.version < version) {
      const message = `version ${table.version} came after ${version}`;
      this.log.warn({ version: table.version, current: version }, 'an older table was refused');
      return [{ type: 'refused', reason: 'older', current: version, message }];
    }
    const text = JSON.stringify(table);
    if (text !== this.currentText) {
      this.table.swap(table);
      this.currentText = text;
      this.disk.save(text);
      this.log.info({ version: table.version, routes: table.routes.length }, 'the table was swapped');
    }
    return [{ type: 'ack', version: table.version }];
  }

  /** A type we do not know is from a newer scheduler and none of our business; a table that is none is. */
  private refuse(value: unknown, issue: { path: PropertyKey[]; message: string } | undefined): GatewayToScheduler[] {
    const isTable = typeof value === 'object' && value !== null && 'type' in value && value.type === 'table';
    if (!isTable) return [];
    const message = `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not a table'}`.slice(0, 1_000);
    this.log.error({ reason: message, current: this.table.version }, 'a table was refused: it is not valid');
    return [{ type: 'refused', reason: 'invalid', current: this.table.version, message }];
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is like any other message that is not understood.
    return null;
  }
}
