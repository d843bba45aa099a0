import { findDockerClient } from '../../tests/support/docker-client.ts';
import { type LoadAnswer, summarise } from '../../tests/support/open-loop.ts';
import { startPlatform } from '../../tests/support/platform.ts';
import { answersFromUnready, goThroughChanges, requestsPerSecond } from '../../tests/support/through-changes.ts';
import { ensureTinyBase } from '../../tests/support/tiny-service.ts';
import { openWorkshop } from '../../tests/support/workshop.ts';

/**
 * 200 requests a second, open loop, through ten deploys, three rollbacks and a restart of the control plane: how many are lost, how many come
 * from a release that was not ready, and how long answers take, counted from when each request was due.
 *
 * tsc -b tsconfig.json && node -C sconce-source bench/continuity/run.ts
 */
ensureTinyBase(findDockerClient());
const platform = await startPlatform();
try {
  const shop = await openWorkshop(platform, 'continuity', { watchMs: 0, drainTimeoutMs: 20_000 });
  try {
    const done = await goThroughChanges(platform, shop);
    const unready = await answersFromUnready(shop, done);
    print(done.answers, unready);
  } finally {
    shop.remove();
  }
} finally {
  await platform.stop();
}

function print(answers: readonly LoadAnswer[], unready: readonly LoadAnswer[]): void {
  const { total, lost, releases } = summarise(answers);
  const waits = answers.map((answer) => answer.doneAt - answer.dueAt).sort((a, b) => a - b);
  const at = (share: number) => (waits[Math.floor(waits.length * share)] ?? Number.NaN).toFixed(1);
  const seconds = Math.max(...answers.map((answer) => answer.doneAt)) / 1_000;
  const verdict = (count: number) => `${count} (limit 0: ${count === 0 ? 'met' : 'NOT met'})`;
  const lines = [
    ['requests', `${total} in ${seconds.toFixed(0)} s, ${requestsPerSecond} a second were due`],
    ['releases', Object.keys(releases).length],
    ['lost', verdict(lost.length)],
    ['from unready', verdict(unready.length)],
    ['answer time', `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1 - 1 / Math.max(1, waits.length))} ms`],
  ];
  for (const [name, value] of lines) process.stdout.write(`${String(name).padEnd(14)} ${value}\n`);
  for (const { status, error, release, dueAt } of lost.slice(0, 5))
    process.stdout.write(`  lost at ${(dueAt / 1_000).toFixed(1)} s: ${status} ${error ?? ''} ${release ?? ''}\n`);
  if (lost.length > 0 || unready.length > 0) process.exitCode = 1;
}
