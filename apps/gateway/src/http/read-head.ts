import { Malformed } from './malformed.ts';

const cr = 13;
const lf = 10;

/**
 * Where a head ends: the index of the `CRLFCRLF` that closes it, or -1 when more bytes are needed. Throws when a bare LF shows that
 * the sender ends lines in a way that would never come to that.
 */
export function findHeadEnd(bytes: Buffer, from: number, searchedTo: number): number {
  const end = bytes.indexOf('\r\n\r\n', Math.max(from, searchedTo - 3), 'latin1');
  if (end >= 0) return end;
  for (let at = bytes.indexOf(lf, Math.max(from, searchedTo)); at >= 0; at = bytes.indexOf(lf, at + 1)) {
    if (at === from || bytes[at - 1] !== cr) throw new Malformed('header_malformed', 'Lines must end with CRLF.');
  }
  return -1;
}
