import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, createClient, type Service } from '@sconce/contract';
import { waitUntil } from '@sconce/testkit';
import { findDockerClient } from '../../tests/support/docker-client.ts';
import { GitClone } from '../../tests/support/git-client.ts';
import { startPlatform } from '../../tests/support/platform.ts';
import { PlainGpuScript, untilReady } from './plain-gpu-script.ts';

/**
 * Push to the first answer of a model on a GPU, against `docker build` and `docker run --gpus all` of the same files: same machine, same engine,
 * same card, alternating. The model is examples/resnet50. Then what a card is for is looked at: that the model runs on it, that the pool counts it
 * as taken, that its use is measured, that a second service which asks for it is told so while the first goes on answering, and that the next
 * release gets it while requests wait.
 *
 * node -C sconce-source bench/gpu-start/run.ts <base image with python3, torch for CUDA, torchvision, fastapi, uvicorn, python-multipart> [turns]
 */
const [base, turnsText] = process.argv.slice(2);
if (base === undefined)
  throw new Error('Name the base image: it has python3 with torch for CUDA, torchvision and fastapi.');
const turns = Number(turnsText ?? 3);
const startMs = 240_000;
const example = fileURLToPath(new URL('../../examples/resnet50/', import.meta.url));
const app = readFileSync(`${example}app.py`, 'utf8');
const image = readFileSync(`${example}samples/cat.jpg`);
const files = (turn: number) => ({
  Dockerfile: [
    `FROM ${base}`,
    'WORKDIR /srv/app',
    'ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1',
    'EXPOSE 8000',
    'CMD ["python3", "-m", "uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]',
    'COPY app.py ./',
    '',
  ].join('\n'),
  'app.py': `${app}\n# turn ${turn} ${Date.now()}\n`,
});

const asksForGpu = {
  probe: { path: '/healthz', startupTimeoutMs: startMs },
  resources: { gpu: { product: null, count: 1, memoryMiB: null } },
};

const platform = await startPlatform({ controlPlane: 'together' });
try {
  await measure(createClient({ baseUrl: platform.apiUrl, token: platform.token }));
} finally {
  await platform.stop();
}

async function measure(client: Client): Promise<void> {
  await client.createProject({ body: { slug: 'bench', name: 'bench' } });
  await client.createEnvironment({ params: { project: 'bench' }, body: { slug: 'production' } });
  const params = { project: 'bench' };
  const { pushUrl } = await client.createRepository({ params, body: { kind: 'builtin', slug: 'app' } });
  await client.createBranchRule({ params, body: { environment: 'production', branches: ['main'] } });
  const clone = new GitClone(pushUrl ?? '', platform.token);
  const script = new PlainGpuScript(findDockerClient(), clone.directory, startMs);
  const times: { script: number[]; sconce: number[] } = { script: [], sconce: [] };
  try {
    for (let turn = 0; turn <= turns; turn += 1) {
      clone.commit(files(turn), `Turn ${turn}`);
      const one = async () => void times.script.push(await script.run());
      const other = async () => void times.sconce.push(await onSconce(client, clone, turn));
      for (const side of turn % 2 === 0 ? [one, other] : [other, one]) await side();
    }
    const commit = clone.commit(files(turns + 1), 'Look closely');
    await onSconce(client, clone, turns + 1, async (service, url) => {
      await lookClosely(client, service, url, commit);
      await handOver(client, clone, service, url);
    });
  } finally {
    script.remove();
    clone.remove();
  }
  // The first turn reads the base image from disk for both.
  for (const list of Object.values(times)) list.shift();
  const base = median(times.script);
  say(`docker build, run --gpus  median ${base.toFixed(0)} ms over ${times.script.length}`);
  const middle = median(times.sconce);
  say(
    `push to live on the GPU   median ${middle.toFixed(0)} ms over ${times.sconce.length}  ratio ${(middle / base).toFixed(2)}`,
  );
}

/** A new service each time, since the card is needed whole; it is gone again before this resolves. */
async function onSconce(
  client: Client,
  clone: GitClone,
  turn: number,
  look?: (service: string, url: URL) => Promise<void>,
): Promise<number> {
  const slug = `model-${turn}`;
  const service = `bench/production/${slug}`;
  await client.createService({
    params: { environment: 'bench/production' },
    body: { slug, repository: 'app', settings: asksForGpu },
  });
  const url = new URL(`/${service}/`, platform.gatewayUrl);
  const began = performance.now();
  await clone.push();
  await untilReady(new URL('healthz', url).href, startMs);
  const tookMs = performance.now() - began;
  await look?.(service, url);
  await client.deleteService({ params: { service } });
  await waitUntil('the card to be free', async () => (await cards(client)).free > 0, 60_000);
  return tookMs;
}

async function lookClosely(client: Client, service: string, url: URL, commit: string): Promise<void> {
  const { device, milliseconds } = await predict(url);
  if (device !== 'cuda') throw new Error(`not on the GPU: ${device}`);
  const state = await waitUntil('the release to be live', async () => {
    const now: Service = await client.getService({ params: { service } });
    return now.live?.commit?.sha === commit ? now : null;
  });
  say(`/predict answered         on ${device}, ${milliseconds} ms in the model`);
  const { total, free, product } = await cards(client);
  say(`pool                      ${total} × ${product}, ${free} free`);
  const { data: replicas } = await client.listReplicas({ params: { service } });
  say(`replica holds             ${replicas.flatMap(({ gpus }) => gpus).join(', ')}`);
  const used = await waitUntil(
    'the use of the card to be measured',
    async () => {
      await predict(url);
      const { data } = await client.listReplicas({ params: { service } });
      const usage = data[0]?.usage;
      // At first the driver has little more to tell than that there is a process.
      return usage && (usage.gpuMemoryMiB ?? 0) > 100 ? usage : null;
    },
    60_000,
    200,
  );
  say(`measured                  ${used.gpuMemoryMiB} MiB of the card, ${used.gpuPercent} % busy`);
  await askForTaken(client, service, url, state);
}

async function predict(url: URL): Promise<{ readonly device: string; readonly milliseconds: number }> {
  const headers = { 'content-type': 'image/jpeg' };
  const answer = await fetch(new URL('predict', url), { method: 'POST', headers, body: image });
  if (!answer.ok) throw new Error(`/predict answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { device: string; milliseconds: number };
}

/** A second service wants the card that the first one has. */
async function askForTaken(client: Client, holder: string, url: URL, { live }: Service): Promise<void> {
  const second = 'bench/production/second';
  await client.createService({
    params: { environment: 'bench/production' },
    body: { slug: 'second', repository: 'app', settings: asksForGpu },
  });
  const { id } = await client.createBuild({ params: { service: second }, body: { ref: 'main' } });
  const refused = await waitUntil(
    `the rollout of build ${id} to be answered`,
    async () => {
      const { data } = await client.listRollouts({ params: { service: second } });
      return data.find(({ reason }) => reason === 'gpu_insufficient') ?? null;
    },
    60_000,
  );
  say(`second service            ${refused.phase}: ${refused.message}`);
  const still = await fetch(url);
  const now = await client.getService({ params: { service: holder } });
  if (!still.ok || now.live?.release.name !== live?.release.name) throw new Error('the first service was disturbed');
  say('first service             goes on answering');
  await client.deleteService({ params: { service: second } });
}

/** The only card goes from one release to the next while somebody asks ten times a second; a second one that cannot start gives it back. */
async function handOver(client: Client, clone: GitClone, service: string, url: URL): Promise<void> {
  for (const next of [
    { name: 'handed over', files: files(turns + 2), strategy: 'hand_over', phase: 'complete' },
    {
      name: 'given back',
      files: { 'app.py': 'raise SystemExit("not today")\n' },
      strategy: 'hand_over',
      phase: 'aborted',
    },
  ]) {
    const stop = new AbortController();
    const asked = askSteadily(url, stop.signal);
    const before = await client.getService({ params: { service } });
    clone.commit(next.files, next.name);
    await clone.push();
    const ended = await waitUntil(
      `the rollout to be ${next.phase}`,
      async () => {
        const [newest] = (await client.listRollouts({ params: { service } })).data;
        return newest?.endedAt && newest.release.name !== before.live?.release.name ? newest : null;
      },
      startMs,
      500,
    );
    await waitUntil('it to answer', async () => (await fetch(new URL('healthz', url))).ok, startMs, 500);
    stop.abort();
    const { count, lost, longestMs } = await asked;
    const words = `${ended.strategy} ${ended.phase}: ${count} requests, ${lost} lost, the longest waited ${(longestMs / 1000).toFixed(1)} s`;
    say(`${next.name.padEnd(25)} ${words}`);
    if (ended.strategy !== next.strategy || ended.phase !== next.phase || lost > 0)
      throw new Error(`not as promised: ${words}`);
  }
}

async function askSteadily(url: URL, signal: AbortSignal) {
  const asked: Promise<{ readonly isLost: boolean; readonly tookMs: number }>[] = [];
  while (!signal.aborted) {
    const began = performance.now();
    const answer = fetch(new URL('healthz', url), { signal: AbortSignal.timeout(startMs) }).then(
      async (got) => ({ isLost: !(await got.arrayBuffer().then(() => got.ok)), tookMs: performance.now() - began }),
      () => ({ isLost: true, tookMs: performance.now() - began }),
    );
    asked.push(answer);
    await pause(100);
  }
  const all = await Promise.all(asked);
  return {
    count: all.length,
    lost: all.filter(({ isLost }) => isLost).length,
    longestMs: Math.max(...all.map(({ tookMs }) => tookMs)),
  };
}

async function cards(client: Client) {
  const { data } = await client.listNodePools({ params: { cluster: 'local' } });
  const gpus = data.flatMap((pool) => pool.gpus);
  const sum = (count: 'total' | 'free') => gpus.reduce((all, each) => all + each[count], 0);
  return { total: sum('total'), free: sum('free'), product: gpus[0]?.product ?? 'no GPU' };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
