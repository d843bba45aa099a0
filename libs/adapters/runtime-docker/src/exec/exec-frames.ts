import type { ExecOutput } from '@sconce/ports';

const headerBytes = 8;

/**
 * Takes frames apart without waiting for their end: one byte of stream (1 stdout, 2 stderr), three zeros, four bytes of length, then as many bytes.
 * Throws where it is no frame.
 */
export function createExecFrameParser(): (chunk: Buffer) => ExecOutput[] {
  const header = Buffer.alloc(headerBytes);
  let held = 0;
  let left = 0;
  return (chunk) => {
    const output: ExecOutput[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        const taken = chunk.copy(header, held, at, at + headerBytes - held);
        held += taken;
        at += taken;
        if (held < headerBytes) break;
        held = 0;
        left = header.readUInt32BE(4);
        if ((header[0] ?? 3) > 2) throw new Error('What the engine sent is no output of a command');
      }
      const bytes = chunk.subarray(at, at + left);
      at += bytes.length;
      left -= bytes.length;
      if (bytes.length > 0) output.push({ stream: header[0] === 2 ? 'stderr' : 'stdout', bytes });
    }
    return output;
  };
}
