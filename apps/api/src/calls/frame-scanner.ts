/** Sees where WebSocket frames begin and end in bytes that pass, and looks at nothing else (RFC 6455 section 5.2). */
export class FrameScanner {
  /** Of the header of a frame, as much as has come. */
  readonly #header = Buffer.alloc(10);
  #held = 0;
  #left = 0;
  #hasClosed = false;

  /** A close frame has passed: nothing may follow it. */
  get hasClosed(): boolean {
    return this.#hasClosed;
  }

  /** A frame of ours may be put in here. */
  get isBetweenFrames(): boolean {
    return this.#held === 0 && this.#left === 0;
  }

  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, bytes.length - at);
        this.#left -= skipped;
        at += skipped;
      } else {
        this.#header[this.#held] = bytes[at] ?? 0;
        this.#held += 1;
        at += 1;
        this.#endHeader();
      }
    }
  }

  #endHeader(): void {
    if (this.#held < 2) return;
    const [first = 0, second = 0] = this.#header;
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (this.#held < 2 + lengthBytes) return;
    const length =
      lengthBytes === 0
        ? short
        : lengthBytes === 2
          ? this.#header.readUInt16BE(2)
          : Number(this.#header.readBigUInt64BE(2));
    if ((first & 0x0f) === 8) this.#hasClosed = true;
    // The mask is as good as payload.
    this.#left = length + ((second & 0x80) === 0 ? 0 : 4);
    this.#held = 0;
  }
}

/** Frames as a server sends them: whole, and not masked. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 0xffff) throw new RangeError('no text of ours is as long');
  const header =
    payload.length < 126 ? [0x81, payload.length] : [0x81, 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from(header), payload]);
}

/** `reason` is at most 123 bytes. */
export function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.from(reason);
  if (payload.length > 123) throw new RangeError('the reason is too long for a close frame');
  return Buffer.concat([Buffer.from([0x88, payload.length + 2, code >> 8, code & 0xff]), payload]);
}
