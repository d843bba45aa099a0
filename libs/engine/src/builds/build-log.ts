import {
  type BuildStep,
  cleanText,
  compileMaskPatterns,
  createLineSplitter,
  createStepReader,
  type LogLevel,
  type MaskPatterns,
} from '@sconce/core';
import { appendClaimedLog, type BuildClaim, type NewLogLine } from '@sconce/db';
import { backoffMs } from '@sconce/foundation';
import type { Deps } from '../deps.ts';

/** Lines written at most this long after they came, sooner when there are many. */
const flushAfterMs = 15;
const flushAtBytes = 64 * 1024;
/** Longer lines come in pieces. */
const maxLineLength = 16 * 1024;

export interface BuildLog {
  /** A line of the platform's own. */
  say(text: string, level?: LogLevel): void;
  /** Raw output of the builder, cut anywhere. */
  write(chunk: Uint8Array): void;
  /** From here on these are cut out of everything. */
  mask(patterns: MaskPatterns): void;
  /** A text that goes elsewhere than into the log, with the same cut out of it. */
  masked(text: string): string;
  /**
   * Stops writing and hands over what is not written yet, for the transaction that ends the build: `lines` go after line `after`. `steps` is
   * what all of the output said about them.
   */
  drain(): Promise<{
    readonly after: number;
    readonly lines: readonly NewLogLine[];
    readonly steps: readonly BuildStep[];
  }>;
}

export interface BuildLogOptions {
  readonly claim: BuildClaim;
  /** Number of the log's last line so far: an earlier claim may have written some. */
  readonly after: number;
  /** Somebody else has the claim: nothing more is written. */
  readonly onLost: () => void;
}

export function openBuildLog(deps: Deps, options: BuildLogOptions): BuildLog {
  const writer = createWriter(deps, options);
  const decoder = new TextDecoder();
  const splitter = createLineSplitter(maxLineLength);
  const steps = createStepReader();
  let patterns = compileMaskPatterns([]);
  let masker = patterns.createMasker();
  const lineNow = (stream: 'stdout' | 'system', level: LogLevel | null, text: string): NewLogLine => {
    return { at: new Date(deps.clock.now()).toISOString(), stream, level, text: cleanText(text, maxLineLength) };
  };
  const add = (text: string) => {
    const line = lineNow('stdout', null, text);
    // What is kept of it, with secrets cut out: titles of steps are shown as the log is.
    steps.take(line.text);
    writer.add(line);
  };
  const output = (text: string) => {
    // A progress bar draws over itself: what it showed last is what is kept.
    for (const line of splitter.write(text)) add(line.slice(line.lastIndexOf('\r') + 1));
  };
  return {
    say: (text, level = 'info') => {
      for (const line of patterns.mask(text).split('\n')) writer.add(lineNow('system', level, line));
    },
    write: (chunk) => {
      output(masker.write(decoder.decode(chunk, { stream: true })));
    },
    mask: (given) => {
      patterns = given;
      masker = given.createMasker();
    },
    masked: (text) => patterns.mask(text),
    drain: async () => {
      output(masker.write(decoder.decode()) + masker.flush());
      for (const line of splitter.flush()) add(line);
      return { ...(await writer.drain()), steps: steps.steps() };
    },
  };
}

/** One write at a time, so that lines keep their order and numbers have no gaps. */
function createWriter(deps: Deps, options: BuildLogOptions) {
  let lines: NewLogLine[] = [];
  let bytes = 0;
  let after = options.after;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let draining = false;
  let lost = false;

  const flush = () => {
    timer = null;
    if (writing !== null || lines.length === 0 || draining || lost) return;
    writing = writeBatch().finally(() => {
      writing = null;
      schedule();
    });
  };
  const schedule = () => {
    if (timer !== null || writing !== null || lines.length === 0 || draining || lost) return;
    timer = setTimeout(flush, bytes >= flushAtBytes ? 0 : flushAfterMs);
  };
  const writeBatch = async () => {
    const batch = takeBatch();
    for (let failures = 0; ; failures += 1) {
      try {
        const last = await appendClaimedLog(deps.db, options.claim, after, batch);
        if (last === null) break;
        after = last;
        return;
      } catch (error) {
        deps.log.warn({ err: error, build: options.claim.build }, 'build log lines could not be written');
        if (draining) {
          // The database is away; the ending transaction, if it ever runs, takes them along.
          lines = [...batch, ...lines];
          return;
        }
        await deps.clock.sleep(backoffMs(failures, 100, 2_000));
      }
    }
    lost = true;
    options.onLost();
  };
  const takeBatch = (): NewLogLine[] => {
    const batch = lines;
    lines = [];
    bytes = 0;
    return batch;
  };

  return {
    add: (line: NewLogLine) => {
      lines.push(line);
      bytes += line.text.length;
      if (bytes >= flushAtBytes && writing === null && !draining) {
        if (timer !== null) clearTimeout(timer);
        flush();
      } else {
        schedule();
      }
    },
    drain: async () => {
      draining = true;
      if (timer !== null) clearTimeout(timer);
      await writing;
      return { after, lines };
    },
  };
}
