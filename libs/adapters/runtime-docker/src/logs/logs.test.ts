import { Readable } from 'node:stream';
import { createPlaceKeeper, formatLogPlace, parseLogPlace } from '@sconce/core';
import { newId, silentLog } from '@sconce/foundation';
import type { RuntimeLogLine } from '@sconce/ports';
import { manualClock } from '@sconce/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerFacts, Engine } from '../engine/engine.ts';
import { EngineRefused } from '../engine/engine-errors.ts';
import { label } from '../names.ts';
import { followLogs } from './follow-logs.ts';
import { createFrameParser, type LogFrame } from './log-frames.ts';
import { createLineAssembler } from './log-lines.ts';
import { toSince } from './to-since.ts';

interface Message {
  readonly stream: 'stdout' | 'stderr';
  /** Nanoseconds since the first second of 2026. */
  readonly at: number;
  readonly text: string;
}

const second = 1_000_000_000;

function toTimestamp(at: number): string {
  const time = new Date(Date.UTC(2026, 0, 1) + Math.floor(at / second) * 1000).toISOString().slice(0, 19);
  return `${time}.${String(at % second).padStart(9, '0')}Z`;
}

function toFrameBytes({ stream, at, text }: Message): Buffer {
  const body = Buffer.from(`${toTimestamp(at)} ${text}`);
  const header = Buffer.alloc(8);
  header[0] = stream === 'stdout' ? 1 : 2;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe('createFrameParser', () => {
  const messages: readonly Message[] = [
    { stream: 'stdout', at: 1, text: 'one\n' },
    { stream: 'stderr', at: 2, text: '' },
    { stream: 'stdout', at: 3, text: 'größer 😀\n' },
  ];
  const bytes = Buffer.concat(messages.map(toFrameBytes));

  it('gives the same frames wherever the chunks are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (places) => {
        const parse = createFrameParser();
        const frames: LogFrame[] = cut(bytes, places).flatMap((chunk) => parse(chunk));
        expect(frames.map(({ stream, timestamp, bytes: text }) => [stream, timestamp, text.toString()])).toEqual(
          messages.map(({ stream, at, text }) => [stream, toTimestamp(at), text]),
        );
      }),
    );
  });

  it.each([
    ['a frame that is too long', Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])],
    ['text that is not framed', Buffer.from('plain text, as a container with a terminal gives it\n')],
    ['a message without a time', Buffer.from([1, 0, 0, 0, 0, 0, 0, 4, 0x61, 0x62, 0x63, 0x0a])],
  ])('throws on %s', (_, chunk) => {
    expect(() => createFrameParser()(chunk)).toThrow(/log frame/);
  });
});

describe('createLineAssembler', () => {
  const frame = (text: string | Buffer, timestamp = 't1', stream: 'stdout' | 'stderr' = 'stdout'): LogFrame => ({
    stream,
    timestamp,
    bytes: Buffer.from(text),
  });
  const full = 'x'.repeat(16_384);

  it('puts the parts of a line together, each stream for itself', () => {
    const assembler = createLineAssembler();
    expect(assembler.add(frame(full))).toEqual([]);
    expect(assembler.isInside('stdout')).toBe(true);
    expect(assembler.add(frame('error\n', 't2', 'stderr'))).toMatchObject([{ text: 'error', stream: 'stderr' }]);
    expect(assembler.add(frame('end\n'))).toEqual([{ stream: 'stdout', timestamp: 't1', text: `${full}end` }]);
    expect(assembler.isInside('stdout')).toBe(false);
  });

  it('ends a line where a process ended', () => {
    const assembler = createLineAssembler();
    expect(assembler.add(frame('no newline'))).toMatchObject([{ text: 'no newline' }]);
    expect(assembler.add(frame(full, 't2'))).toEqual([]);
    expect(assembler.add(frame('next\n', 't3'))).toMatchObject([
      { text: full, timestamp: 't2' },
      { text: 'next', timestamp: 't3' },
    ]);
    expect(assembler.add(frame(full, 't4'))).toEqual([]);
    expect(assembler.flush()).toMatchObject([{ text: full }]);
  });

  it('gives pieces of at most the limit, and cuts no character', () => {
    const smiles = '😀'.repeat(5_000);
    const assembler = createLineAssembler(1_001);
    const lines = assembler.add(frame(`${smiles}\r\n`));
    expect(lines.map(({ text }) => text).join('')).toBe(smiles);
    for (const { text } of lines) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_001);
  });

  it('holds no more than a piece of an endless line', () => {
    const assembler = createLineAssembler();
    let given = 0;
    for (let part = 0; part < 1_000; part += 1) given += assembler.add(frame(full)).join('').length;
    expect(given).toBeGreaterThan(0);
    expect(assembler.flush()[0]?.text.length).toBeLessThanOrEqual(65_536 + 16_384);
  });
});

describe('cursors', () => {
  it('are read back, and others are not', () => {
    const place = { since: toTimestamp(5), count: 3, latest: toTimestamp(9) };
    expect(parseLogPlace(formatLogPlace(place))).toEqual(place);
    for (const text of [null, '', '5', `${toTimestamp(5)}_x_${toTimestamp(9)}`, `${formatLogPlace(place)} `])
      expect(parseLogPlace(text)).toBeNull();
    expect(toSince(toTimestamp(second + 42))).toBe(`${Date.UTC(2026, 0, 1) / 1000 + 1}.000000042`);
  });

  it('stay short of memory: only what came within the last seconds is counted', () => {
    const keeper = createPlaceKeeper(null);
    let place = keeper.advance(toTimestamp(0));
    for (let at = 1; at < 3_000; at += 1) place = keeper.advance(toTimestamp(at * (second / 10)));
    expect(place.count).toBeLessThan(150);
    expect(place.latest).toBe(toTimestamp(2_999 * (second / 10)));
  });
});

/** A log as Docker 20.10 keeps it: in the order of writing, asked by time, and read twice at times while it is followed. */
function simulatedLog(messages: readonly Message[], replays: ReadonlyMap<number, number>) {
  const home = 'home';
  const service = newId('svc');
  let isGone = false;
  let opened = 0;
  const facts = {
    Id: 'c',
    Config: {
      Labels: {
        [label.home]: home,
        [label.kind]: 'replica',
        [label.service]: service,
        [label.environment]: newId('env'),
        [label.release]: newId('rel'),
      },
    },
    State: { StartedAt: '2026-01-01T00:00:00.000000001Z', Running: false },
  };
  const engine: Pick<Engine, 'inspectContainer' | 'followLogs' | 'lastLogMessage'> = {
    lastLogMessage: async () => Buffer.concat(messages.slice(-1).map(toFrameBytes)),
    async inspectContainer() {
      if (isGone) throw new EngineRefused('looking', 404, 'no such container', null);
      return facts as unknown as ContainerFacts;
    },
    async followLogs(_, since) {
      opened += 1;
      const kept = messages.filter(({ at }) => since === null || toSince(toTimestamp(at)) >= since);
      const isFirst = opened === 1 || since === null;
      // Sent back while following: from message `at`, all from an earlier one on come again. Only in the first reading.
      const replayed = isFirst
        ? kept.flatMap((message, index) => [
            message,
            ...kept.slice(index + 1 - Math.min(index + 1, replays.get(index) ?? 0), index + 1),
          ])
        : kept;
      isGone = true;
      return Readable.from(replayed.map(toFrameBytes));
    },
  };
  return { parts: { engine: engine as Engine, home, clock: manualClock(), log: silentLog }, ref: { service, id: 'c' } };
}

async function readAll(log: ReturnType<typeof simulatedLog>, from: string | null): Promise<RuntimeLogLine[]> {
  const lines: RuntimeLogLine[] = [];
  for await (const line of followLogs(log.parts, log.ref, from, new AbortController().signal)) lines.push(line);
  return lines;
}

describe('followLogs', () => {
  /** Each stream's times rise; between the streams messages stand up to half a second out of their order. */
  const anyLog = fc
    .array(
      fc.record({
        stream: fc.constantFrom<Message['stream']>('stdout', 'stderr'),
        gap: fc.integer({ min: 1, max: 3 * second }),
        late: fc.integer({ min: 0, max: second / 2 }),
      }),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    .map((steps) => {
      const latest = { stdout: 0, stderr: 0 };
      let now = 10 * second;
      return steps.map(({ stream, gap, late }, index): Message => {
        now += gap;
        const at = Math.max(latest[stream] + 1, now - late);
        latest[stream] = at;
        return { stream, at, text: `message ${index}\n` };
      });
    });
  const texts = (messages: readonly Message[]) => messages.map(({ text }) => text.trimEnd());

  it('goes on from every cursor with each line once, though streams are stamped apart', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, async (messages) => {
        const whole = await readAll(simulatedLog(messages, new Map()), null);
        expect(whole.map(({ text }) => text)).toEqual(texts(messages));
        for (const [index, { cursor }] of whole.entries()) {
          const rest = await readAll(simulatedLog(messages, new Map()), cursor);
          expect(rest.map(({ text }) => text)).toEqual(texts(messages.slice(index + 1)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives cursors that hold through many resumptions', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (messages, sizes) => {
        const seen: string[] = [];
        let cursor: string | null = null;
        for (let round = 0; seen.length < messages.length; round += 1) {
          const rest = await readAll(simulatedLog(messages, new Map()), cursor);
          const some = rest.slice(0, sizes[round % sizes.length]);
          seen.push(...some.map(({ text }) => text));
          cursor = some.at(-1)?.cursor ?? cursor;
        }
        expect(seen).toEqual(texts(messages));
      }),
      { numRuns: 100 },
    );
  });

  it('gives each line once when the engine goes back while it is followed', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.nat(39), fc.integer({ min: 1, max: 40 }), async (messages, at, back) => {
        const lines = await readAll(simulatedLog(messages, new Map([[at, back]])), null);
        expect(lines.map(({ text }) => text)).toEqual(texts(messages));
      }),
      { numRuns: 300 },
    );
  });

  it('loses nothing when the clock was set back', async () => {
    const before = Array.from(
      { length: 5 },
      (_, index): Message => ({ stream: 'stdout', at: 100 * second + index, text: `before ${index}\n` }),
    );
    const after = Array.from(
      { length: 5 },
      (_, index): Message => ({ stream: 'stdout', at: 40 * second + index, text: `after ${index}\n` }),
    );
    const lines = await readAll(simulatedLog([...before, ...after], new Map()), null);
    expect(lines.map(({ text }) => text)).toEqual(texts([...before, ...after]));
  });

  it('gives what is left when the log was rotated over its place', async () => {
    const message = (index: number): Message => ({ stream: 'stdout', at: index * second, text: `line ${index}\n` });
    const early = await readAll(simulatedLog([message(1), message(2), message(3)], new Map()), null);
    const rest = await readAll(simulatedLog([message(8), message(9)], new Map()), early.at(-1)?.cursor ?? null);
    expect(rest.map(({ text }) => text)).toEqual(['line 8', 'line 9']);
  });
});
