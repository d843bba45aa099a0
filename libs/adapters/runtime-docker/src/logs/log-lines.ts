import type { LogFrame } from './log-frames.ts';

export interface TimedLine {
  readonly stream: 'stdout' | 'stderr';
  readonly timestamp: string;
  readonly text: string;
}

interface OpenLine {
  readonly timestamp: string;
  readonly parts: Buffer[];
  size: number;
}

/** Puts lines together from frames. */
export interface LineAssembler {
  /** The lines, or pieces of one, that this frame completes. */
  add(frame: LogFrame): TimedLine[];
  /** What has no newline yet. */
  flush(): TimedLine[];
  /** Whether a line of this stream is half there. */
  isInside(stream: 'stdout' | 'stderr'): boolean;
}

/** Docker's own buffer: it cuts lines there, so a shorter message without newline is the last one of a process. */
const cutBytes = 16_384;
const newline = 0x0a;
const carriageReturn = 0x0d;

/** Lines over `limitBytes` come in pieces of at most that; a character of several bytes is never cut. */
export function createLineAssembler(limitBytes = 65_536): LineAssembler {
  const open = new Map<TimedLine['stream'], OpenLine>();

  function close(stream: TimedLine['stream'], { timestamp, parts }: OpenLine): TimedLine[] {
    open.delete(stream);
    return [{ stream, timestamp, text: Buffer.concat(parts).toString('utf8') }];
  }

  return {
    add({ stream, timestamp, bytes }) {
      const before = open.get(stream);
      // All parts of a line have one time: another one means that a process ended in the middle of its line.
      const left = before !== undefined && before.timestamp !== timestamp ? close(stream, before) : [];
      const line = open.get(stream) ?? { timestamp, parts: [], size: 0 };
      line.parts.push(bytes);
      line.size += bytes.length;
      const isWhole = bytes.at(-1) === newline || bytes.length < cutBytes;
      if (!isWhole && line.size <= limitBytes) {
        open.set(stream, line);
        return left;
      }
      const whole = line.parts.length === 1 ? bytes : Buffer.concat(line.parts);
      const { pieces, rest } = cut(isWhole ? trimEnd(whole) : whole, limitBytes, isWhole);
      if (rest === null) open.delete(stream);
      else open.set(stream, { timestamp, parts: [rest], size: rest.length });
      return [...left, ...pieces.map((piece) => ({ stream, timestamp, text: piece.toString('utf8') }))];
    },
    flush: () => [...open].flatMap(([stream, line]) => close(stream, line)),
    isInside: (stream) => open.has(stream),
  };
}

/** Without `\n` or `\r\n`. */
function trimEnd(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== newline) return bytes;
  const end = bytes.at(-2) === carriageReturn ? bytes.length - 2 : bytes.length - 1;
  return bytes.subarray(0, end);
}

function cut(
  bytes: Buffer,
  limit: number,
  isWhole: boolean,
): { readonly pieces: Buffer[]; readonly rest: Buffer | null } {
  const pieces: Buffer[] = [];
  let at = 0;
  while (bytes.length - at > limit) {
    const end = characterStart(bytes, at + limit);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  const last = bytes.subarray(at);
  if (!isWhole) return { pieces, rest: Buffer.from(last) };
  return { pieces: [...pieces, last], rest: null };
}

/** `at`, or up to three bytes before it, so that no character of UTF-8 is cut. */
function characterStart(bytes: Buffer, at: number): number {
  for (let start = at; start > at - 4; start -= 1) if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  return at;
}
