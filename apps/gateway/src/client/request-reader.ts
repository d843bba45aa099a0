import { Malformed } from '../http/malformed.ts';
import { parseRequestHead, type RequestHead } from '../http/parse-request-head.ts';
import { findHeadEnd } from '../http/read-head.ts';
import type { Limits } from '../limits.ts';

const cr = 13;
const lf = 10;

/** Keeps what a client sent and nobody took yet, and finds request heads in it. */
export class RequestReader {
  private readonly limits: Limits;
  private unread: Buffer | null = null;
  private isLent = false;
  private searchedTo = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  get isEmpty(): boolean {
    return this.unread === null;
  }

  get size(): number {
    return this.unread?.length ?? 0;
  }

  /** The bytes are only lent: `keep` follows before they are overwritten. */
  push(bytes: Buffer): void {
    this.isLent = this.unread === null;
    this.unread = this.unread === null ? bytes : Buffer.concat([this.unread, bytes]);
  }

  /** Makes what is left our own. */
  keep(): void {
    if (this.isLent && this.unread !== null) this.unread = Buffer.from(this.unread);
    this.isLent = false;
  }

  /** Everything that is left, for the one who forwards it. */
  takeAll(): Buffer | null {
    const bytes = this.unread;
    this.unread = null;
    return bytes;
  }

  /** The next head, or null while it is not whole. Throws Malformed. */
  readHead(): RequestHead | null {
    const bytes = this.unread;
    // A single CR may be the first half of an empty line.
    if (bytes === null || (bytes.length === 1 && bytes[0] === cr)) return null;
    // One empty line before a request is forgiven (RFC 9112 section 2.2): old clients send one after a body.
    const from = bytes[0] === cr && bytes[1] === lf ? 2 : 0;
    const end = findHeadEnd(bytes, from, this.searchedTo);
    const size = (end < 0 ? bytes.length : end) - from;
    if (size > this.limits.requestLineBytes) this.checkSizes(bytes, from, size);
    if (end < 0) {
      this.searchedTo = bytes.length;
      return null;
    }
    this.searchedTo = 0;
    this.unread = end + 4 < bytes.length ? bytes.subarray(end + 4) : null;
    return parseRequestHead(bytes.toString('latin1', from, end + 2), this.limits.headers);
  }

  private checkSizes(bytes: Buffer, from: number, size: number): void {
    const { requestLineBytes, headBytes } = this.limits;
    const lineEnd = bytes.indexOf('\r\n', from, 'latin1');
    if (lineEnd < 0 || lineEnd - from > requestLineBytes) {
      throw new Malformed('target_too_long', `The request line may take ${requestLineBytes} bytes.`);
    }
    if (size > headBytes) throw new Malformed('headers_too_large', `Headers may take ${headBytes} bytes.`);
  }
}
