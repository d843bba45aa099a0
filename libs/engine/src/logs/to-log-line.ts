import { type Masker, type MaskPatterns, parseLevel } from '@sconce/core';
import type { NewLogLine } from '@sconce/db';
import type { RuntimeLogLine } from '@sconce/ports';

export interface LineMaker {
  make(line: RuntimeLogLine): NewLogLine;
}

/** A line of this many bytes is a piece of a longer one: a runtime cuts at 64 KiB, less what keeps a character whole. */
const pieceBytes = 65_533;

/** Makes the stored form of one replica's lines: masked, also across the pieces of a long line, and with its level. */
export function createLineMaker(
  patterns: MaskPatterns,
  origin: { readonly replica: string; readonly release: string },
): LineMaker {
  const open = new Map<RuntimeLogLine['stream'], Masker>();
  return {
    make: ({ at, stream, text }) => {
      const masker = open.get(stream);
      const isPiece = text.length > pieceBytes / 4 && Buffer.byteLength(text) >= pieceBytes;
      let masked: string;
      if (masker === undefined && !isPiece) masked = patterns.mask(text);
      else {
        const current = masker ?? patterns.createMasker();
        masked = current.write(text) + (isPiece ? '' : current.flush());
        if (isPiece) open.set(stream, current);
        else open.delete(stream);
      }
      const clean = toStorable(masked);
      return { at, stream, level: parseLevel(clean), text: clean, ...origin };
    },
  };
}

/** The database keeps neither NUL nor halves of surrogate pairs. */
function toStorable(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole;
}
