import type { ExecOutput } from '@sconce/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExecFrameParser } from './exec-frames.ts';

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text, 'latin1')]);
};

const join = (output: readonly ExecOutput[], stream: string) =>
  Buffer.concat(output.filter((one) => one.stream === stream).map(({ bytes }) => bytes)).toString('latin1');

describe('frames of a command’s output', () => {
  it('are the same wherever the connection cuts them', () => {
    const said = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({ unit: 'binary-ascii', maxLength: 40 })));
    fc.assert(
      fc.property(said, fc.integer({ min: 1, max: 50 }), (frames, size) => {
        const bytes = Buffer.concat(frames.map(([stream, text]) => frame(stream, text)));
        const parse = createExecFrameParser();
        const output: ExecOutput[] = [];
        for (let at = 0; at < bytes.length; at += size) output.push(...parse(bytes.subarray(at, at + size)));
        for (const [number, name] of [
          [1, 'stdout'],
          [2, 'stderr'],
        ] as const)
          expect(join(output, name)).toBe(
            frames
              .filter(([stream]) => stream === number)
              .map(([, text]) => text)
              .join(''),
          );
      }),
    );
  });

  it('are refused where there are none', () => {
    expect(() => createExecFrameParser()(Buffer.from('HTTP/1.1 500 Internal'))).toThrow('no output');
  });
});
