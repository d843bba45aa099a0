import { findDockerClient } from '../../tests/support/docker-client.ts';
import { startPlatform } from '../../tests/support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../../tests/support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../../tests/support/workshop.ts';
import { PlainScript, untilAnswer } from './plain-script.ts';

/**
 * Push to the first 200 of the new release through the gateway, against a plain script that does push, `docker build`, `docker run` and asks until it
 * answers: same machine, same engine, same one-layer change, alternating. The service is the smallest there is, so that the platform's
 * own time is not hidden behind a model's.
 */
const turns = Number(process.argv[2] ?? 12);
const docker = findDockerClient();
ensureTinyBase(docker);
const platform = await startPlatform();
try {
  const workshop = await openWorkshop(platform, 'bench', { watchMs: 0, drainTimeoutMs: 1_000 });
  const plain = new PlainScript(docker, workshop.clone.directory);
  try {
    await measure(workshop, plain);
  } finally {
    plain.remove();
    workshop.remove();
  }
} finally {
  await platform.stop();
}

async function measure(workshop: Workshop, plain: PlainScript): Promise<void> {
  const times: Record<'script' | 'push' | 'sameTree' | 'variables', number[]> = {
    script: [],
    push: [],
    sameTree: [],
    variables: [],
  };
  for (let turn = 0; turn <= turns; turn += 1) {
    const body = `turn ${turn} ${Date.now()}`;
    workshop.clone.commit(tinyRepository({ body }), `Turn ${turn}`);
    // Who goes first builds the layer; so both use a tag of their own and the script's context differs by a file.
    const first = turn % 2 === 0;
    const one = async () => void times.script.push(await plain.deploy(body));
    const other = async () => void times.push.push(await pushed(workshop, body));
    if (first) await one();
    await other();
    if (!first) await one();
    times.sameTree.push(await sameTree(workshop));
    times.variables.push(await variablesOnly(workshop, `v${turn}`));
  }
  // The first turn warms both sides: caches of the engine, of git, of the runtime.
  for (const list of Object.values(times)) list.shift();
  const base = median(times.script);
  print('plain script', times.script, base, null);
  print('push to live', times.push, base, 1.15);
  print('same tree again', times.sameTree, base, 0.1);
  print('variables only', times.variables, base, 0.4);
}

async function pushed(workshop: Workshop, body: string): Promise<number> {
  const began = performance.now();
  await workshop.clone.push();
  await untilAnswer(workshop.url.href, body);
  return performance.now() - began;
}

/** An empty commit: nothing to build, nothing to start; until the gateway answers as the new release. */
async function sameTree(workshop: Workshop): Promise<number> {
  const before = await answeringRelease(workshop);
  workshop.clone.commit({}, 'Nothing changed');
  const began = performance.now();
  await workshop.clone.push();
  const pushedAt = performance.now();
  await untilRelease(workshop, before + 1);
  process.stderr.write(`    (of it git push ${Math.round(pushedAt - began)} ms)\n`);
  return performance.now() - pushedAt;
}

async function variablesOnly(workshop: Workshop, value: string): Promise<number> {
  const before = await answeringRelease(workshop);
  const began = performance.now();
  await workshop.client.updateServiceVariables({
    params: { service: workshop.service },
    body: { GREETING: value },
    query: { deploy: 'true' },
  });
  await untilRelease(workshop, before + 1);
  const tookMs = performance.now() - began;
  await untilAnswer(new URL('greeting.txt', workshop.url).href, value);
  return tookMs;
}

/** Number of the release that answers now, as the gateway says it. */
async function answeringRelease(workshop: Workshop): Promise<number> {
  const answer = await fetch(workshop.url);
  await answer.text();
  return Number(answer.headers.get('x-sconce-release')?.slice(1));
}

async function untilRelease(workshop: Workshop, number: number): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if ((await answeringRelease(workshop)) >= number) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`r${number} did not go live`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function print(name: string, values: readonly number[], base: number, limit: number | null): void {
  const middle = median(values);
  const ratio = middle / base;
  const verdict =
    limit === null ? '' : `  ratio ${ratio.toFixed(2)} (limit ${limit}: ${ratio <= limit ? 'met' : 'NOT met'})`;
  process.stdout.write(
    `${name.padEnd(18)} median ${middle.toFixed(0).padStart(5)} ms, ${Math.min(...values).toFixed(0)}-${Math.max(...values).toFixed(0)} ms over ${values.length}${verdict}\n`,
  );
}
