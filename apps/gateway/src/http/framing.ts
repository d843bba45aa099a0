import { Malformed } from './malformed.ts';

/** How a body ends. `until_close` is for answers only. */
export type Framing = 'none' | 'length' | 'chunked' | 'until_close';

/** Digits only, and few enough to stay exact as a number. No sign, no list, no white space inside. */
const length = /^\d{1,15}$/;

export function parseContentLength(value: string): number {
  if (!length.test(value))
    throw new Malformed('content_length_invalid', 'Content-Length must be one plain decimal number.');
  return Number(value);
}

/** `chunked` alone is understood; a list, a parameter or a second line of it is how messages are smuggled. */
export function checkTransferEncoding(value: string): void {
  if (value.toLowerCase() !== 'chunked') {
    throw new Malformed('transfer_encoding_invalid', 'Transfer-Encoding must be exactly "chunked".');
  }
}
