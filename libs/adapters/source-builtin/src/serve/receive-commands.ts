import { isObjectName } from '@sconce/foundation';
import { parsePktLines } from './pkt-line.ts';

/** One ref that a push asks to move. All zeros before: it is new; all zeros after: it is deleted. */
export interface RefUpdate {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

export interface ReceiveCommands {
  readonly updates: readonly RefUpdate[];
  readonly capabilities: readonly string[];
}

/** About 100,000 refs in one push. */
const largestSectionBytes = 16 * 1024 * 1024;

/** Collects the head of a `git-receive-pack` request (gitprotocol-pack, "Reference Update Request") as it passes by. */
export class ReceiveCommandsReader {
  readonly #lines: Buffer[] = [];
  #held: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #commands: ReceiveCommands | null = null;

  /** Null until the section has ended. */
  get commands(): ReceiveCommands | null {
    return this.#commands;
  }

  /** Throws when this is no such request, or too large a one. */
  push(chunk: Buffer): void {
    if (this.#commands !== null) return;
    const { lines, rest } = parsePktLines(Buffer.concat([this.#held, chunk]), 'flush');
    this.#held = rest;
    for (const line of lines) {
      if (line === 'flush') {
        this.#commands = toCommands(this.#lines);
        return;
      }
      this.#bytes += line.byteLength;
      this.#lines.push(line);
    }
    if (this.#bytes > largestSectionBytes) throw new Error('too many refs in one push');
  }
}

function toCommands(lines: readonly Buffer[]): ReceiveCommands {
  let capabilities: readonly string[] = [];
  const updates: RefUpdate[] = [];
  for (const line of lines) {
    const [text = '', listed] = line.toString('utf8').replace(/\n$/, '').split('\0');
    if (listed !== undefined) capabilities = listed.split(' ').filter(Boolean);
    if (text.startsWith('shallow ')) continue;
    const [, before = '', after = '', ref = ''] = /^([0-9a-f]+) ([0-9a-f]+) (.+)$/s.exec(text) ?? [];
    if (!isObjectName(before) || !isObjectName(after)) throw new Error('a push with a line that is no command');
    updates.push({ ref, before, after });
  }
  return { updates, capabilities };
}
