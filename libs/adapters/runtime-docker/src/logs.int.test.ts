import { open, readFile, stat } from 'node:fs/promises';
import type { ReplicaRef, ReplicaTarget, RuntimeLogLine } from '@sconce/ports';
import { aReplicaTarget, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerUnderTest, makeDockerUnderTest } from './testing/docker-under-test.ts';

let subject: DockerUnderTest;
const targets: ReplicaTarget[] = [];

beforeAll(async () => {
  subject = await makeDockerUnderTest();
});
afterAll(async () => {
  for (const { service } of targets) await subject.runtime.removeEnvironment(service.environment, true);
  await subject.close();
});

/** A replica that runs a script; reads of its log end when `isEnough`. */
async function running(script: string) {
  const target: ReplicaTarget = {
    ...aReplicaTarget({ stopTimeoutMs: 0 }),
    image: { digest: subject.image, repository: null },
    command: ['sh', '-c', script],
  };
  targets.push(target);
  await subject.runtime.apply(target);
  const [replica] = await subject.runtime.observe(target.service);
  const ref = { service: target.service.service, id: replica?.id ?? '' };
  return {
    target,
    id: ref.id,
    async read(
      from: string | null,
      isEnough: (line: RuntimeLogLine, count: number) => boolean,
    ): Promise<RuntimeLogLine[]> {
      const lines: RuntimeLogLine[] = [];
      for await (const line of subject.runtime.logs(ref, from, new AbortController().signal)) {
        lines.push(line);
        if (isEnough(line, lines.length)) break;
      }
      return lines;
    },
  };
}

async function readLast(path: string): Promise<string> {
  const text = await readFile(path, 'latin1');
  return text.slice(-200);
}

/** The number of the first line that stands in one of Docker's own files. */
async function firstNumberIn(path: string): Promise<number> {
  const file = await open(path);
  const { buffer } = await file.read({ buffer: Buffer.alloc(40) });
  await file.close();
  return Number(/^\{"log":"(\d+) /.exec(buffer.toString('latin1'))?.[1]);
}

const textsOf = (lines: readonly RuntimeLogLine[]) => lines.map(({ text }) => text);

describe('the log of a replica', () => {
  it('has each line once and in order while its files are rotated under the reader', async () => {
    const count = 4_200;
    // 5 kB a line, 10 MB a file: two rotations, within these lines. A reader of Docker 20.10 that is behind when a file is rotated loses the rest of it, and
    // one that has read all is sent back. So the printing waits for its reader: after every 500 lines, and there after each.
    const { id, read } = await running(`pad=$(head -c 5000 /dev/zero | tr '\\0' x); trap 'go=1' USR1; sleep 0.5; i=0
while [ $i -lt ${count} ]; do i=$((i + 1)); echo "$i $pad"
if [ $((i % 500)) = 0 ] || { [ $i -ge 1940 ] && [ $i -le 2000 ]; } || { [ $i -ge 3890 ] && [ $i -le 4000 ]; }
then until [ "$go" ]; do sleep 0.01; done; go=; fi; done
sleep 1; echo end; exec sleep 10000`);
    const waits = (line: number) =>
      line % 500 === 0 || (line >= 1_940 && line <= 2_000) || (line >= 3_890 && line <= 4_000);
    const container = subject.docker.getContainer(id);
    const numberOf = ({ text }: RuntimeLogLine) => Number(text.split(' ')[0]);
    const goOn: Promise<unknown>[] = [];
    const lines: RuntimeLogLine[] = [];
    // Left and taken up again four times on the way.
    for (const stop of [100, 1_500, 1_501, 3_000, Number.POSITIVE_INFINITY]) {
      const from = lines.at(-1)?.cursor ?? null;
      const before = lines.length;
      const isEnough = (line: RuntimeLogLine, some: number) => {
        if (waits(numberOf(line))) goOn.push(container.kill({ signal: 'SIGUSR1' }));
        goOn.at(-1)?.catch(() => {});
        return line.text === 'end' || before + some === stop;
      };
      for (const line of await read(from, isEnough)) lines.push(line);
    }
    await Promise.all(goOn);
    const numbers = lines.slice(0, -1).map(numberOf);
    expect(numbers).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    const { LogPath } = await container.inspect();
    // Else nothing was rotated, or not where the printing waited, and this test shows nothing.
    expect([await firstNumberIn(`${LogPath}.1`), await firstNumberIn(LogPath)]).toEqual([
      expect.toSatisfy((first: number) => first > 1_940 && first <= 2_000),
      expect.toSatisfy((first: number) => first > 3_890 && first <= 4_000),
    ]);
  });

  it('has what was printed after a file was rotated while the one before was still being read', async () => {
    // 1,070 B a line: the first 9,000 stay short of 10 MB, where the file is rotated, and the next 1,000 do not.
    const { id } = await running(`pad=$(head -c 1000 /dev/zero | tr '\\0' x); trap 'go=1' USR1
print() { while [ $i -lt $1 ]; do i=$((i + 1)); echo "$i $pad"; done; }
i=0; print 9000; until [ "$go" ]; do sleep 0.01; done; print 10000; echo end; exec sleep 10000`);
    const container = subject.docker.getContainer(id);
    const { LogPath } = await container.inspect();
    await waitUntil('the first lines', async () => (await stat(LogPath)).size > 9_550_000);
    // Who takes no more than a line holds the engine in the first file (it reads 4,096 ahead), and is told nothing of the next.
    let isRotated: Promise<unknown> | null = null;
    const rotate = async () => {
      await container.kill({ signal: 'SIGUSR1' });
      await waitUntil('the last line', async () => (await readLast(LogPath)).includes('"end\\n"'));
    };
    const replica = { service: targets.at(-1)?.service.service ?? '', id };
    const texts: string[] = [];
    for await (const { text } of subject.runtime.logs(replica as ReplicaRef, null, new AbortController().signal)) {
      isRotated ??= rotate();
      await isRotated;
      texts.push(text.split(' ')[0] ?? '');
      if (text === 'end') break;
    }
    expect(texts).toEqual([...Array.from({ length: 10_000 }, (_, index) => String(index + 1)), 'end']);
    expect(await firstNumberIn(`${LogPath}.1`)).toBe(1);
  });

  it('goes on exactly where it was left with both outputs busy', async () => {
    const { read } = await running(`sleep 0.5
(seq 1 20000 | sed s/^/out/) & (seq 1 20000 | sed s/^/err/ >&2) & wait; echo end; echo end >&2; exec sleep 10000`);
    // The engine reads the two outputs apart, and either may lag: each has an end of its own.
    let ends = 0;
    const whole = await read(null, (line) => line.text === 'end' && ++ends === 2);
    for (const stream of ['stdout', 'stderr'] as const) {
      const own = textsOf(whole.filter((line) => line.stream === stream && line.text !== 'end'));
      expect(own).toEqual(Array.from({ length: 20_000 }, (_, index) => `${stream.slice(3)}${index + 1}`));
    }
    for (const at of [0, 1, 777, 19_999, 33_333, 39_998]) {
      const rest = await read(whole[at]?.cursor ?? null, (_, count) => count === whole.length - at - 1);
      expect(textsOf(rest)).toEqual(textsOf(whole.slice(at + 1)));
    }
  });

  it('gives long lines in pieces of 64 KiB, and what has no newline at the end of a process', async () => {
    const { read } = await running(
      `head -c 200000 /dev/zero | tr '\\0' x; echo; echo next; printf 'half a line' >&2; printf 'windows\\r\\n'; exec sleep 10000`,
    );
    const lines = await read(null, (line) => line.text === 'windows');
    const stdout = lines.filter(({ stream }) => stream === 'stdout');
    expect(stdout.map(({ text }) => text.length)).toEqual([65_536, 65_536, 65_536, 200_000 - 3 * 65_536, 4, 7]);
    const again = await read(stdout[1]?.cursor ?? null, (line) => line.text === 'windows');
    expect(again.filter(({ stream }) => stream === 'stdout').map(({ text }) => text.length)).toEqual([
      65_536,
      200_000 - 3 * 65_536,
      4,
      7,
    ]);
  });

  it('keeps what a process left without a newline, over its restarts', async () => {
    const { read } = await running(`printf 'no newline'; sleep 0.2; exit 1`);
    const lines = await read(null, (_, count) => count === 3);
    expect(textsOf(lines)).toEqual(['no newline', 'no newline', 'no newline']);
    expect(textsOf(await read(lines[0]?.cursor ?? null, (_, count) => count === 2))).toEqual([
      'no newline',
      'no newline',
    ]);
  });

  it('passes on Unicode, and bytes that are none as replacement characters', async () => {
    const { read } = await running(`echo 'größer 😀 日本'; printf 'bad \\377 byte\\n'; echo end; exec sleep 10000`);
    expect(textsOf(await read(null, (line) => line.text === 'end'))).toEqual([
      'größer 😀 日本',
      'bad \ufffd byte',
      'end',
    ]);
  });

  it('keeps up with a thousand lines a second, each once and in order', async () => {
    const { read } = await running(
      `sleep 0.5; for second in $(seq 1 20); do seq 1 100; sleep 0.1; done; echo end; exec sleep 10000`,
    );
    const lines = textsOf(await read(null, (line) => line.text === 'end'));
    const hundred = Array.from({ length: 100 }, (_, index) => String(index + 1));
    expect(lines).toEqual([...Array.from({ length: 20 }, () => hundred).flat(), 'end']);
  });

  it('starts anew from a cursor that is none of ours', async () => {
    const { read } = await running('echo one; exec sleep 10000');
    for (const cursor of [
      '',
      '0',
      'x'.repeat(10_000),
      '2026-13-45T99:99:99.000000000Z_1_2026-13-45T99:99:99.000000000Z',
    ]) {
      expect(textsOf(await read(cursor, () => true))).toEqual(['one']);
    }
  });

  it('throws RuntimeUnavailable when the engine goes away, and goes on from the cursor', async () => {
    const { id, target, read } = await running('for i in 1 2 3; do echo $i; sleep 0.3; done; exec sleep 10000');
    const [first] = await read(null, () => true);
    const reading = read(first?.cursor ?? null, () => false);
    reading.catch(() => undefined);
    await subject.setAway(true);
    await expect(reading).rejects.toMatchObject({ name: 'RuntimeUnavailable' });
    await subject.setAway(false);
    expect(textsOf(await read(first?.cursor ?? null, (line) => line.text === '3'))).toEqual(['2', '3']);
    expect(await subject.runtime.observe(target.service)).toMatchObject([{ id }]);
  });
});
