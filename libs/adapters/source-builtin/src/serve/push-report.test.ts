import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flushPkt, parsePktLines, pktLine } from './pkt-line.ts';
import { makeRefusal, parsePushReport } from './push-report.ts';
import { type ReceiveCommands, ReceiveCommandsReader } from './receive-commands.ts';

const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
const commands = (...capabilities: string[]): ReceiveCommands => ({
  capabilities,
  updates: ['refs/heads/a', 'refs/heads/b c'].map((ref) => ({ ref, before: one, after: two })),
});
const band = (number: number, content: Buffer): Buffer => pktLine(Buffer.concat([Buffer.from([number]), content]));
const report = Buffer.concat([
  pktLine('unpack ok\n'),
  pktLine('ng refs/heads/a stale info\n'),
  pktLine('ok refs/heads/b c\n'),
  flushPkt,
]);

describe('pkt-lines', () => {
  it('are read however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        (contents, size) => {
          const bytes = Buffer.concat([...contents.map((content) => pktLine(content)), flushPkt]);
          const seen: Buffer[] = [];
          let held = Buffer.alloc(0);
          for (let at = 0; at < bytes.byteLength; at += size) {
            const { lines, rest } = parsePktLines(Buffer.concat([held, bytes.subarray(at, at + size)]), 'flush');
            seen.push(...lines.filter((line) => line !== 'flush'));
            held = Buffer.from(rest);
          }
          expect(seen.map((line) => [...line])).toEqual(contents.map((content) => [...content]));
        },
      ),
    );
  });

  it.each(['0001', '0003', 'zzzz', 'fff5', '-001'])('refuses %s', (head) => {
    expect(() => parsePktLines(Buffer.from(head), 'end')).toThrow();
  });
});

describe('ReceiveCommandsReader', () => {
  it('reads commands, capabilities and shallow lines, byte by byte, and nothing of the pack', () => {
    const body = Buffer.concat([
      pktLine(`shallow ${one}\n`),
      pktLine(`${one} ${two} refs/heads/a\0 report-status side-band-64k agent=git/2`),
      pktLine(`${two} ${one} refs/heads/b c\n`),
      flushPkt,
      Buffer.from('PACK0000'),
    ]);
    const reader = new ReceiveCommandsReader();
    for (const byte of body) reader.push(Buffer.from([byte]));
    expect(reader.commands).toEqual({
      capabilities: ['report-status', 'side-band-64k', 'agent=git/2'],
      updates: [
        { ref: 'refs/heads/a', before: one, after: two },
        { ref: 'refs/heads/b c', before: two, after: one },
      ],
    });
  });

  it('knows none before they have ended, and refuses what is none', () => {
    const reader = new ReceiveCommandsReader();
    reader.push(pktLine(`${one} ${two} refs/heads/a`));
    expect(reader.commands).toBeNull();
    expect(() => new ReceiveCommandsReader().push(Buffer.concat([pktLine('push-cert\0 x'), flushPkt]))).toThrow(
      /no command/,
    );
  });
});

describe('parsePushReport', () => {
  const b = commands().updates.slice(1);

  it('reads a plain one, and one between progress in pieces', () => {
    expect(parsePushReport(report, commands('report-status'))).toEqual(b);
    const banded = Buffer.concat([
      band(2, Buffer.from('ok refs/heads/a\n')),
      band(1, report.subarray(0, 20)),
      band(2, Buffer.from('more')),
      band(1, report.subarray(20)),
      flushPkt,
    ]);
    expect(parsePushReport(banded, commands('report-status-v2', 'side-band-64k'))).toEqual(b);
  });

  it('says when there is none', () => {
    expect(parsePushReport(report, commands())).toBeNull();
    expect(parsePushReport(Buffer.alloc(0), commands('report-status'))).toBeNull();
    expect(parsePushReport(report.subarray(0, -6), commands('report-status'))).toBeNull();
    expect(parsePushReport(Buffer.from('garbage'), commands('report-status', 'side-band-64k'))).toBeNull();
  });

  it('never names a ref that was not asked for', () => {
    const lie = Buffer.concat([pktLine('unpack ok\n'), pktLine('ok refs/heads/other\n'), flushPkt]);
    expect(parsePushReport(lie, commands('report-status'))).toEqual([]);
  });

  it('reads a refusal of ours as nothing moved, of any length', () => {
    const many = {
      capabilities: ['report-status', 'side-band-64k'],
      updates: Array.from({ length: 3000 }, (_, at) => ({ ref: `refs/heads/${at}`, before: one, after: two })),
    };
    for (const asked of [commands('report-status'), many])
      expect(parsePushReport(makeRefusal(asked, 'no'), asked)).toEqual([]);
  });
});
