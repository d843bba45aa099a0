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

  it('one changed byte of the framing is noticed, or the payload is still what the sizes say', () => {
    const whole = '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, code) => {
        const changed = whole.slice(0, at) + String.fromCharCode(code) + whole.slice(at + 1);
        const decoder = new BodyDecoder('chunked', -1);
        try {
          const { payload } = decodeAll(decoder, Buffer.from(changed, 'latin1'), [4]);
          if (decoder.isDone) expect(payload).toHaveLength(5);
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
