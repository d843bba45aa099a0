import type { Framing } from './framing.ts';
import { checkHeaderBlock, plainName } from './header-block.ts';
import { Malformed } from './malformed.ts';

const maxTrailerBytes = 8 * 1024;
/** Eight hexadecimal digits: 4 GiB a chunk, far from where numbers lose exactness. */
const maxSizeDigits = 8;
const cr = 13;
const lf = 10;

type State = 'length' | 'until_close' | 'size' | 'size_lf' | 'data' | 'data_cr' | 'data_lf' | 'trailers' | 'done';

/** A trailer arrives after everything was decided from the head, so it may not say what the head says. */
const notInTrailers =
  /^(?:host|content-(?:length|type|encoding|range)|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|authorization|proxy-.*|cookie|set-cookie|cache-control|range|location|forwarded|x-real-ip|x-request-id|x-forwarded-.*|x-sconce-.*)$/;

/**
 * Follows one body through the bytes of a connection and finds its end. Each `decode` leaves the payload of the given bytes
 * as one run in the same buffer (`payloadStart`..`payloadEnd`): pieces of several chunks are moved together.
 */
export class BodyDecoder {
  payloadStart = 0;
  payloadEnd = 0;
  /** Checked lines, each with CRLF. */
  trailers = '';
  private state: State;
  private remaining: number;
  private sizeDigits = 0;
  private line = '';

  constructor(framing: Framing, contentLength: number) {
    this.remaining = framing === 'length' ? contentLength : 0;
    if (framing === 'none' || (framing === 'length' && contentLength === 0)) this.state = 'done';
    else this.state = framing === 'chunked' ? 'size' : framing;
  }

  get isDone(): boolean {
    return this.state === 'done';
  }

  /** The sender closed: true when that is how this body ends. */
  endByClose(): boolean {
    if (this.state === 'until_close') this.state = 'done';
    return this.state === 'done';
  }

  /** Reads from `from`; returns where the body's bytes end, which is before the buffer's end only when it is done. */
  decode(bytes: Buffer, from: number): number {
    this.payloadStart = from;
    this.payloadEnd = from;
    if (this.state === 'length') return this.decodeLength(bytes, from);
    if (this.state === 'until_close') {
      this.payloadEnd = bytes.length;
      return bytes.length;
    }
    return this.state === 'done' ? from : this.decodeChunks(bytes, from);
  }

  private decodeLength(bytes: Buffer, from: number): number {
    const take = Math.min(this.remaining, bytes.length - from);
    this.remaining -= take;
    this.payloadEnd = from + take;
    if (this.remaining === 0) this.state = 'done';
    return from + take;
  }

  private decodeChunks(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && this.state !== 'done') {
      if (this.state === 'data') at = this.takeData(bytes, at);
      else if (this.state === 'trailers') at = this.takeTrailers(bytes, at);
      else {
        this.takeFraming(bytes[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  private takeData(bytes: Buffer, at: number): number {
    const take = Math.min(this.remaining, bytes.length - at);
    if (this.payloadEnd === this.payloadStart) {
      this.payloadStart = at;
      this.payloadEnd = at + take;
    } else {
      bytes.copyWithin(this.payloadEnd, at, at + take);
      this.payloadEnd += take;
    }
    this.remaining -= take;
    if (this.remaining === 0) this.state = 'data_cr';
    return at + take;
  }

  /** One byte of what stands around the data. No extension, no white space: only size, CR and LF. */
  private takeFraming(byte: number): void {
    if (this.state === 'size') {
      const digit = hexDigit(byte);
      if (digit >= 0 && this.sizeDigits < maxSizeDigits) {
        this.remaining = this.remaining * 16 + digit;
        this.sizeDigits += 1;
      } else if (byte === cr && this.sizeDigits > 0) this.state = 'size_lf';
      else throw new Malformed('chunk_malformed', 'A chunk size must be one to eight hexadecimal digits and CRLF.');
      return;
    }
    const expected = this.state === 'data_cr' ? cr : lf;
    if (byte !== expected) throw new Malformed('chunk_malformed', 'A chunk must end with CRLF, where its size says.');
    if (this.state === 'data_cr') this.state = 'data_lf';
    else if (this.state === 'size_lf') this.state = this.remaining === 0 ? 'trailers' : 'data';
    else this.state = 'size';
    this.sizeDigits = 0;
  }

  private takeTrailers(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(lf, from);
    const stop = end < 0 ? bytes.length : end + 1;
    this.line += bytes.toString('latin1', from, stop);
    if (this.line.length + this.trailers.length > maxTrailerBytes) {
      throw new Malformed('chunk_malformed', `Trailers may take ${maxTrailerBytes} bytes.`);
    }
    if (end < 0) return stop;
    if (this.line === '\r\n') this.state = 'done';
    else this.addTrailer(this.line);
    this.line = '';
    return stop;
  }

  private addTrailer(line: string): void {
    checkHeaderBlock(line);
    const name = plainName(line.slice(0, line.indexOf(':')));
    if (notInTrailers.test(name))
      throw new Malformed('chunk_malformed', `"${name.slice(0, 40)}" may not be a trailer.`);
    this.trailers += line;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
