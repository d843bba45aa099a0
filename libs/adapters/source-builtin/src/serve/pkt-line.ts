/** Git's framing (gitprotocol-common): four hex digits of length, themselves included; `0000` is a flush. */
export type PktLine = Buffer | 'flush';

const largestLine = 65_520;

/** The lines at the start of `bytes` that are whole, and what is left. Throws on what is no pkt-line. */
export function parsePktLines(
  bytes: Buffer,
  until: 'flush' | 'end',
): { readonly lines: readonly PktLine[]; readonly rest: Buffer } {
  const lines: PktLine[] = [];
  let at = 0;
  while (bytes.byteLength - at >= 4) {
    const digits = bytes.toString('latin1', at, at + 4);
    const length = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    if (Number.isNaN(length) || length > largestLine || (length > 0 && length < 4))
      throw new Error('this is no pkt-line');
    if (length === 0) {
      lines.push('flush');
      at += 4;
      if (until === 'flush') break;
      continue;
    }
    if (bytes.byteLength - at < length) break;
    lines.push(bytes.subarray(at + 4, at + length));
    at += length;
  }
  return { lines, rest: bytes.subarray(at) };
}

export function pktLine(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.byteLength + 4).toString(16).padStart(4, '0')), bytes]);
}

export const flushPkt: Buffer = Buffer.from('0000');
