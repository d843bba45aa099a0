import { StringDecoder } from 'node:string_decoder';
import { createLineSplitter } from '@sconce/core';

export interface TimedLine {
  /** With nine digits and `Z`, so that texts compare as times. */
  readonly timestamp: string;
  readonly text: string;
}

/** So many characters have at most 64 KiB as UTF-8. */
const mostCharacters = 21_840;

/**
 * Takes a log apart as the kubelet writes it: a time, a blank and the text of each line. Pieces of a line that is too long have the time of its
 * first one.
 */
export function createLogParser(): { write(chunk: Buffer): TimedLine[]; end(): TimedLine[] } {
  const decoder = new StringDecoder('utf8');
  const splitter = createLineSplitter(mostCharacters);
  let timestamp: string | null = null;

  const toLines = (texts: readonly string[]) =>
    texts.flatMap((text): TimedLine[] => {
      const [start, time, fraction, zone] =
        /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?/.exec(text) ?? [];
      if (start === undefined) return timestamp === null ? [] : [{ timestamp, text }];
      timestamp = toUtc(time ?? '', fraction ?? '', zone ?? 'Z');
      return [{ timestamp, text: text.slice(start.length) }];
    });

  return {
    write: (chunk) => toLines(splitter.write(decoder.write(chunk))),
    end: () => toLines([...splitter.write(decoder.end()), ...splitter.flush()]),
  };
}

/** A node may have a clock in any zone. */
function toUtc(time: string, fraction: string, zone: string): string {
  const seconds = zone === 'Z' ? time : new Date(`${time}${zone}`).toISOString().slice(0, 19);
  return `${seconds}.${fraction.padEnd(9, '0')}Z`;
}
