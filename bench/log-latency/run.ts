import { setTimeout as pause } from 'node:timers/promises';
import type { LogLine } from '@sconce/contract';
import { findDockerClient } from '../../tests/support/docker-client.ts';
import { type Platform, startPlatform } from '../../tests/support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../../tests/support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../../tests/support/workshop.ts';

/**
 * From the engine's stamp on a line to the line in a client of the API's stream, while a replica prints about 1,000 lines a second. The API is restarted
 * in the middle: the stream resumes, and every line has to come once and in order.
 *
 * node -C sconce-source bench/log-latency/run.ts [seconds]
 */
const seconds = Number(process.argv[2] ?? 20);
const limitMs = 50;

/** Ten lines, then a hundredth of a second: a shell that started a program for each line would be slower than that. */
const printer = [
  '(i=0; while :; do n=0; while [ $n -lt 10 ]; do echo "number $i"; i=$((i+1)); n=$((n+1)); done; busybox usleep 8000; done) &',
].join('\n');

ensureTinyBase(findDockerClient());
const platform = await startPlatform();
try {
  const workshop = await openWorkshop(platform, 'bench');
  try {
    await workshop.live(await workshop.deploy(tinyRepository({ body: 'ok', before: printer }), 'Print'));
    await measure(platform, workshop);
  } finally {
    workshop.remove();
  }
} finally {
  await platform.stop();
}

interface Seen {
  readonly number: number;
  readonly waitMs: number;
  readonly late: boolean;
}

async function measure(on: Platform, workshop: Workshop): Promise<void> {
  const seen: Seen[] = [];
  const stop = new AbortController();
  let catchingUp = false;
  let restartedAt: number | null = null;
  const stream = (async () => {
    const lines = workshop.client.follow.listServiceLogs({
      params: { service: workshop.service },
      query: { tail: 0 },
      signal: stop.signal,
    });
    for await (const line of lines) note(line);
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  function note(line: LogLine): void {
    const number = /^number (\d+)$/.exec(line.text)?.[1];
    if (number === undefined) return;
    const waitMs = Date.now() - Date.parse(line.at);
    // What was printed while the API was away comes late by design; it counts for order and loss, not for the wait.
    if (catchingUp && restartedAt !== null && waitMs < limitMs) catchingUp = false;
    seen.push({ number: Number(number), waitMs, late: catchingUp });
  }
  await pause((seconds * 1_000) / 2);
  catchingUp = true;
  await on.processes.api.end('SIGTERM');
  await on.processes.api.start();
  restartedAt = Date.now();
  await pause((seconds * 1_000) / 2);
  stop.abort();
  await stream;
  report(seen);
}

function report(seen: readonly Seen[]): void {
  let lost = 0;
  let disordered = 0;
  for (let index = 1; index < seen.length; index += 1) {
    const step = (seen[index]?.number ?? 0) - (seen[index - 1]?.number ?? 0);
    if (step > 1) lost += step - 1;
    if (step < 1) disordered += 1;
  }
  const waits = seen
    .filter((one) => !one.late)
    .map((one) => one.waitMs)
    .sort((a, b) => a - b);
  const at = (share: number) => waits[Math.floor(waits.length * share)] ?? Number.NaN;
  const verdict = at(0.99) <= limitMs ? 'met' : 'NOT met';
  process.stdout.write(
    `${seen.length} lines in ${seconds} s and a restart of the API: ${lost} lost, ${disordered} doubled or out of order\n` +
      `container to stream: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${waits.at(-1)} ms (limit p99 ${limitMs} ms: ${verdict})\n`,
  );
}
