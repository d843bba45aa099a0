/** One message of a container's log, as Docker frames it: a line, or 16 KiB of a longer one. */
export interface LogFrame {
  readonly stream: 'stdout' | 'stderr';
  /** `2026-11-23T20:42:15.143826152Z`: always nine digits, so that texts compare as times. */
  readonly timestamp: string;
  /** With its newline, when it is the end of a line. */
  readonly bytes: Buffer;
}

const headerBytes = 8;
/** Docker's messages are 16 KiB and a timestamp; anything far beyond is not this format. */
const mostFrameBytes = 4 * 1024 * 1024;
const timestampLength = 30;

export class LogFormatUnknown extends Error {
  override readonly name = 'LogFormatUnknown';
}

/**
 * Takes frames apart, wherever the chunks were cut: one byte of stream (1 stdout, 2 stderr), three zeros, four bytes of length,
 * then timestamp, blank, text. Throws `LogFormatUnknown`.
 */
export function createFrameParser(): (chunk: Buffer) => LogFrame[] {
  let parts: Buffer[] = [];
  let size = 0;
  let needed = headerBytes;
  return (chunk) => {
    parts.push(chunk);
    size += chunk.length;
    if (size < needed) return [];
    const buffer = parts.length === 1 ? chunk : Buffer.concat(parts);
    const frames: LogFrame[] = [];
    let at = 0;
    for (;;) {
      needed = headerBytes;
      if (buffer.length - at < needed) break;
      needed += buffer.readUInt32BE(at + 4);
      if (needed > mostFrameBytes) throw new LogFormatUnknown(`A log frame of ${needed} bytes cannot be`);
      if (buffer.length - at < needed) break;
      frames.push(parseFrame(buffer[at] ?? 0, buffer.subarray(at + headerBytes, at + needed)));
      at += needed;
    }
    const rest = buffer.subarray(at);
    parts = rest.length === 0 ? [] : [rest];
    size = rest.length;
    return frames;
  };
}

function parseFrame(stream: number, body: Buffer): LogFrame {
  const timestamp = body.toString('latin1', 0, timestampLength);
  const isKnown =
    stream <= 2 && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(timestamp) && body[timestampLength] === 0x20;
  if (!isKnown)
    throw new LogFormatUnknown(`A log frame begins with ${JSON.stringify(timestamp.slice(0, 40))} and not with a time`);
  return { stream: stream === 2 ? 'stderr' : 'stdout', timestamp, bytes: body.subarray(timestampLength + 1) };
}
