import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyDecoder } from './body-decoder.ts';
import { Malformed } from './malformed.ts';

/** Feeds `bytes` in pieces of the given sizes; returns the payload and what was left over. */
function decodeAll(decoder: BodyDecoder, bytes: Buffer, sizes: readonly number[]): { payload: string; rest: string } {
  let payload = '';
  let at = 0;
  let turn = 0;
  while (at < bytes.length && !decoder.isDone) {
    const piece = Buffer.from(bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1)));
    turn += 1;
    const end = decoder.decode(piece, 0);
    payload += piece.toString('latin1', decoder.payloadStart, decoder.payloadEnd);
    at += end;
  }
  return { payload, rest: bytes.toString('latin1', at) };
}

const pieces = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });

describe('BodyDecoder', () => {
  it('finds payload, trailers and end of any chunked body, in whatever pieces it comes', () => {
    const chunk = fc.tuple(
      fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 12 }),
        fc.array(fc.stringMatching(/^x-[a-z]{1,9}: [a-z]{0,9}$/), { maxLength: 3 }),
        fc.string({ unit: 'binary-ascii' }),
        pieces,
        (chunks, trailers, rest, sizes) => {
          const size = (text: string, zeros: number, upper: boolean) => {
            const hex = '0'.repeat(zeros) + text.length.toString(16);
            return upper ? hex.toUpperCase() : hex;
          };
          const encoded = chunks.map(([text, zeros, upper]) => `${size(text, zeros, upper)}\r\n${text}\r\n`).join('');
          const lines = trailers.map((trailer) => `${trailer}\r\n`).join('');
          const decoder = new BodyDecoder('chunked', -1);
          const got = decodeAll(decoder, Buffer.from(`${encoded}0\r\n${lines}\r\n${rest}`, 'latin1'), sizes);
          expect(got).toEqual({ payload: chunks.map(([text]) => text).join(''), rest });
          expect(decoder.isDone).toBe(true);
          expect(decoder.trailers).toBe(lines);
        },
      ),
    );
  });

  it('takes exactly the declared length', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary-ascii' }),
        fc.string({ unit: 'binary-ascii' }),
        pieces,
        (body, rest, sizes) => {
          const decoder = new BodyDecoder('length', body.length);
          expect(decodeAll(decoder, Buffer.from(body + rest, 'latin1'), sizes)).toEqual({
            payload: body,
            rest: body + rest === '' ? '' : rest,
          });
          expect(decoder.isDone).toBe(true);
        },
      ),
    );
  });

  it('a chunked body cut short is never done', () => {
    const whole = '5\r\nhello\r\n0\r\nx-a: 1\r\n\r\n';
    for (let length = 0; length < whole.length; length += 1) {
      const decoder = new BodyDecoder('chunked', -1);
      decodeAll(decoder, Buffer.from(whole.slice(0, length)), [3]);
      expect(decoder.isDone).toBe(false);
      expect(decoder.endByClose()).toBe(false);
    }
  });

  it('changed bytes are read as the grammar says, or refused', () => {
    const whole = '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
    const change = fc.tuple(
      fc.nat(whole.length - 1),
      fc.oneof(
        fc.nat(255),
        fc.constantFrom(...'\r\n0123aF;\t ').map((text) => text.charCodeAt(0)),
      ),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), pieces, (changes, sizes) => {
        const bytes = Buffer.from(whole, 'latin1');
        for (const [at, code] of changes) bytes[at] = code;
        const decoder = new BodyDecoder('chunked', -1);
        let payload: string | null = null;
        try {
          const decoded = decodeAll(decoder, bytes, sizes);
          if (decoder.isDone) payload = decoded.payload;
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
        expect(payload).toBe(byGrammar(bytes.toString('latin1')));
      }),
      { numRuns: 5_000 },
    );
  });
});

/** RFC 9112 section 7.1 without extensions and trailers; null for whatever is not a whole body. */
function byGrammar(text: string): string | null {
  let payload = '';
  for (let rest = text; ; ) {
    const [line, digits = ''] = /^([0-9A-Fa-f]{1,8})\r\n/.exec(rest) ?? [];
    if (line === undefined) return null;
    const size = Number.parseInt(digits, 16);
    if (size === 0) return rest.startsWith('\r\n', line.length) ? payload : null;
    const end = line.length + size;
    if (rest.slice(end, end + 2) !== '\r\n') return null;
    payload += rest.slice(line.length, end);
    rest = rest.slice(end + 2);
  }
}
