import type { Readable } from 'node:stream';
import { createPlaceKeeper, formatLogPlace, type LogPlace, type PlaceKeeper, parseLogPlace } from '@sconce/core';
import type { Clock, LogCursor, ReplicaRef, RuntimeLogLine } from '@sconce/ports';
import { isRunning, processStart } from '../containers/to-observed-replica.ts';
import type { ContainerFacts, Engine } from '../engine/engine.ts';
import { isNotFound } from '../engine/engine-errors.ts';
import { parseReplicaLabels } from '../names.ts';
import { createFrameParser, type LogFrame } from './log-frames.ts';
import { createLineAssembler, type TimedLine } from './log-lines.ts';
import { toSince } from './to-since.ts';
import { type FollowerWatch, watchFollower } from './watch-follower.ts';

export interface LogParts {
  readonly engine: Engine;
  readonly home: string;
  readonly clock: Clock;
}

/** What is known already when a log is opened, and so is read past. */
type Known =
  | { readonly kind: 'nothing' }
  /** The first `count` lines from `since` on. */
  | { readonly kind: 'place'; readonly place: LogPlace }
  /** Everything up to this very line. */
  | { readonly kind: 'line'; readonly since: string; readonly line: TimedLine };

interface Reading {
  known: Known;
  last: TimedLine | null;
  patienceMs: number;
  /** The end of the log that a reading did not come to: looked for once more. */
  missed: LogFrame | null;
}

const firstLookMs = 100;
const longestLookMs = 1_000;
const firstPatienceMs = 1_000;
/** Opening anew costs the engine a pass over all files: a reader that is only slow is not to be set back again and again. */
const longestPatienceMs = 60_000;

/** All lines of a replica's processes, one after the other, until its container is gone. */
export async function* followLogs(
  parts: LogParts,
  replica: ReplicaRef,
  from: LogCursor,
  signal: AbortSignal,
): AsyncGenerator<RuntimeLogLine, void, undefined> {
  const place = parseLogPlace(from);
  const known: Known = place === null ? { kind: 'nothing' } : { kind: 'place', place };
  const reading: Reading = { known, last: null, patienceMs: firstPatienceMs, missed: null };
  let facts = await find(parts, replica);
  while (facts !== null && !signal.aborted) {
    const stream = await openLog(parts.engine, replica.id, reading.known, signal);
    if (stream === null) return;
    const end = yield* readStream(stream, reading, (onLeftBehind) =>
      watchFollower({
        clock: parts.clock,
        lastFrame: () => readLastFrame(parts.engine, replica.id),
        patienceMs: reading.patienceMs,
        onLeftBehind,
      }),
    );
    if (end === 'read_on') continue;
    reading.patienceMs = firstPatienceMs;
    facts = await untilStartedAgain(parts, replica, facts, signal);
  }
}

async function readLastFrame(engine: Engine, id: string): Promise<LogFrame | null> {
  try {
    return createFrameParser()(await engine.lastLogMessage(id)).at(-1) ?? null;
  } catch {
    // A container or an engine that is gone shows where its log is read.
    return null;
  }
}

async function find({ engine, home }: LogParts, replica: ReplicaRef): Promise<ContainerFacts | null> {
  try {
    const facts = await engine.inspectContainer(replica.id);
    return parseReplicaLabels(facts.Config.Labels ?? {}, home)?.service === replica.service ? facts : null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

async function openLog(engine: Engine, id: string, known: Known, signal: AbortSignal): Promise<Readable | null> {
  const since = known.kind === 'nothing' ? null : known.kind === 'place' ? known.place.since : known.since;
  try {
    return await engine.followLogs(id, since === null ? null : toSince(since), signal);
  } catch (error) {
    if (signal.aborted || isNotFound(error)) return null;
    throw error;
  }
}

/**
 * The engine ends a log with each process. Null when the replica is gone. A crash loop gives a line of processes, so the pause
 * grows only while nothing changes.
 */
async function untilStartedAgain(
  parts: LogParts,
  replica: ReplicaRef,
  before: ContainerFacts,
  signal: AbortSignal,
): Promise<ContainerFacts | null> {
  for (let pauseMs = firstLookMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestLookMs)) {
    const facts = await find(parts, replica);
    if (facts === null) return null;
    const isOther = processStart(facts) !== processStart(before);
    if (isOther || isRunning(facts)) return facts;
    await parts.clock.sleep(pauseMs, signal).catch(() => undefined);
  }
  return null;
}

/** `read_on`: there is more in the log, to be opened anew with `reading.known` as set here. */
async function* readStream(
  stream: Readable,
  reading: Reading,
  watch: (onLeftBehind: () => void) => FollowerWatch,
): AsyncGenerator<RuntimeLogLine, 'ended' | 'read_on', undefined> {
  const parse = createFrameParser();
  const assembler = createLineAssembler();
  const skipper = createSkipper(reading.known);
  const order = createOrderCheck();
  const { keeper } = skipper;
  let isLeftBehind = false;
  const follower = watch(() => {
    isLeftBehind = true;
    stream.destroy();
  });

  function* give(lines: readonly TimedLine[]): Generator<RuntimeLogLine, void, undefined> {
    for (const line of lines) {
      const place = keeper.advance(line.timestamp);
      if (skipper.skip(line)) continue;
      reading.known = { kind: 'place', place };
      reading.last = line;
      yield toLogLine(line, place);
    }
  }

  try {
    for await (const chunk of stream) {
      for (const frame of parse(chunk as Buffer)) {
        follower.seen(frame);
        const seen = skipper.isSkipping() ? 'new' : order.judge(frame, assembler.isInside(frame.stream));
        if (seen === 'repeated') continue;
        if (seen === 'back') {
          goBack(reading, frame, keeper);
          return 'read_on';
        }
        yield* give(assembler.add(frame));
      }
    }
    if (!isLeftBehind && (await isAtEnd(reading, follower))) {
      yield* give(assembler.flush());
      return 'ended';
    }
  } catch (error) {
    // The connection broke: whether the replica or the engine is gone shows when it is asked next.
    if (!isBrokenStream(error)) throw error;
    if (!isLeftBehind) return 'ended';
  } finally {
    follower.stop();
    stream.destroy();
  }
  reading.patienceMs = Math.min(reading.patienceMs * 2, longestPatienceMs);
  return 'read_on';
}

async function isAtEnd(reading: Reading, follower: FollowerWatch): Promise<boolean> {
  const missed = await follower.missing();
  const isAsBefore = missed?.stream === reading.missed?.stream && missed?.timestamp === reading.missed?.timestamp;
  reading.missed = missed;
  return missed === null || isAsBefore;
}

function isBrokenStream(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return (error as Error).name === 'AbortError' || ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code);
}

function toLogLine({ stream, timestamp, text }: TimedLine, place: LogPlace): RuntimeLogLine {
  return { cursor: formatLogPlace(place), at: `${timestamp.slice(0, 23)}Z`, stream, text };
}

/**
 * Docker 20.10 reads the new file twice from its start when it rotates a log that is followed. Within one stream times only
 * rise, so an earlier one means that, or a clock that was set back. Both are settled by reading anew from there, past the
 * last line that was given out: a fresh reading has every line once, in order.
 */
function goBack(reading: Reading, frame: LogFrame, keeper: PlaceKeeper): void {
  const since = keeper.place()?.since;
  if (reading.last === null) return;
  const from = since === undefined || frame.timestamp < since ? frame.timestamp : since;
  reading.known = { kind: 'line', since: from, line: reading.last };
}

function createOrderCheck() {
  const last = new Map<string, LogFrame>();
  return {
    judge(frame: LogFrame, isInside: boolean): 'new' | 'repeated' | 'back' {
      const before = last.get(frame.stream);
      if (before !== undefined && frame.timestamp < before.timestamp) return 'back';
      const isSame = before?.timestamp === frame.timestamp && before.bytes.equals(frame.bytes);
      // Pieces of one long line share its time, and may well be alike.
      if (isSame && !isInside) return 'repeated';
      last.set(frame.stream, frame);
      return 'new';
    },
  };
}

/** A line that stands so much later than the one looked for means that the latter is not in the log any more. */
const notFoundMs = 1_000;

function createSkipper(known: Known) {
  const since = known.kind === 'nothing' ? null : known.kind === 'place' ? known.place.since : known.since;
  const keeper = createPlaceKeeper(since === null ? null : { since, count: 0, latest: since });
  let rest = known.kind === 'place' ? known.place.count : known.kind === 'line' ? Number.POSITIVE_INFINITY : 0;

  function skip(line: TimedLine): boolean {
    if (rest === 0) return false;
    if (isPast(known, line)) {
      rest = 0;
      return false;
    }
    rest = known.kind === 'line' && isSameLine(known.line, line) ? 0 : rest - 1;
    return true;
  }
  return { keeper, skip, isSkipping: () => rest > 0 };
}

/** The log was rotated, and what was to be skipped is gone: this line was not given out yet. */
function isPast(known: Known, line: TimedLine): boolean {
  if (known.kind === 'place') return line.timestamp > known.place.latest;
  return known.kind === 'line' && Date.parse(line.timestamp) - Date.parse(known.line.timestamp) > notFoundMs;
}

function isSameLine(a: TimedLine, b: TimedLine): boolean {
  return a.stream === b.stream && a.timestamp === b.timestamp && a.text === b.text;
}
