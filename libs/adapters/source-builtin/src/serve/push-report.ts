import { flushPkt, parsePktLines, pktLine } from './pkt-line.ts';
import type { ReceiveCommands, RefUpdate } from './receive-commands.ts';

const usesSideBand = ({ capabilities }: ReceiveCommands): boolean =>
  capabilities.includes('side-band-64k') || capabilities.includes('side-band');

/**
 * The updates that took place, by the answer of `git receive-pack` (gitprotocol-pack, "Report Status"). Null when the answer has no
 * report, because the client asked for none or the process died: then only the refs themselves can tell.
 */
export function parsePushReport(body: Buffer, commands: ReceiveCommands): readonly RefUpdate[] | null {
  if (!commands.capabilities.some((name) => name === 'report-status' || name === 'report-status-v2')) return null;
  try {
    const report = usesSideBand(commands) ? unwrapSideBand(body) : body;
    const lines = parsePktLines(report, 'flush').lines.map((line) => line.toString('utf8').replace(/\n$/, ''));
    if (!lines[0]?.startsWith('unpack ') || lines.at(-1) !== 'flush') return null;
    const moved = new Set(lines.filter((line) => line.startsWith('ok ')).map((line) => line.slice(3)));
    return commands.updates.filter(({ ref }) => moved.has(ref));
  } catch {
    return null;
  }
}

/** What came over band 1; band 2 is progress for people, band 3 a last word. */
function unwrapSideBand(body: Buffer): Buffer {
  const { lines } = parsePktLines(body, 'end');
  const banded = lines.filter((line) => line !== 'flush');
  return Buffer.concat(banded.filter((line) => line[0] === 1).map((line) => line.subarray(1)));
}

/** An answer that makes `git push` fail with these words, as if the server had refused each ref. */
export function makeRefusal(commands: ReceiveCommands, words: string): Buffer {
  const report = Buffer.concat([
    pktLine('unpack ok\n'),
    ...commands.updates.map(({ ref }) => pktLine(`ng ${ref} ${words}\n`)),
    flushPkt,
  ]);
  if (!usesSideBand(commands)) return report;
  const largest = commands.capabilities.includes('side-band-64k') ? 65_515 : 995;
  const pieces: Buffer[] = [];
  for (let at = 0; at < report.byteLength; at += largest) {
    pieces.push(pktLine(Buffer.concat([Buffer.from([1]), report.subarray(at, at + largest)])));
  }
  return Buffer.concat([...pieces, flushPkt]);
}
