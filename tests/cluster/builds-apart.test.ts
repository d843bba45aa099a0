import { fileURLToPath } from 'node:url';
import { spawnStreaming } from '@sconce/foundation';
import { type ObjectFacts, pathOf } from '@sconce/kubernetes-api';
import type { BuildRequest } from '@sconce/ports';
import { pushBusyboxImage, temporaryDirectory, waitUntil, writeTree } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClusterBuilder, registryForPods, registryUnderTest } from '../support/build-place.ts';

const password = `registry-${process.pid}-password`;
const home = `apart-${process.pid}`;
let place: ReturnType<typeof openClusterBuilder>;
let base = '';
let made = 0;

beforeAll(async () => {
  place = openClusterBuilder(home, { credentials: { username: 'sconce', password } });
  const { digest } = await pushBusyboxImage(`${registryUnderTest()}/sconce-test/build-base`, []);
  base = `${registryForPods().replace('http://', '')}/sconce-test/build-base@${digest}`;
});
afterAll(() => place.close());

async function build(steps: string, change: Partial<BuildRequest> = {}, builder = place.builder) {
  made += 1;
  const directory = temporaryDirectory('context');
  let output = '';
  try {
    await writeTree(directory.path, { Dockerfile: `FROM ${base}\n${steps}\n` });
    const request = { ...aRequest(directory.path), ...change };
    const take = (chunk: Uint8Array) => {
      output += Buffer.from(chunk).toString();
    };
    const image = await builder.build(request, take, new AbortController().signal);
    return { image, output };
  } finally {
    directory.remove();
  }
}

const aRequest = (directory: string): BuildRequest => ({
  build: `bld_apart${made}`,
  directory,
  context: '.',
  dockerfile: 'Dockerfile',
  args: {},
  secrets: [],
  labels: {},
  noCache: false,
  cacheScope: 'apart',
  limits: { timeMs: 300_000, memoryMiB: 256, outputBytes: 1_000_000 },
});
const standing = async (kind: 'Job' | 'Pod') => place.objects.list<ObjectFacts>(kind, place.namespace, '');

describe('builds in the cluster', () => {
  it('keep the credentials of the registry, and the secrets of other steps, from every step', async () => {
    const secret = `step-${process.pid}-secret`;
    // All that a step could see of other processes: their words, environments, files and memory.
    const look = [
      'for p in /proc/[0-9]*; do',
      'cat $p/cmdline $p/environ 2>/dev/null | tr "\\0" " ";',
      'ls $p/root/input $p/root/input/secrets 2>/dev/null;',
      'cat $p/root/input/docker/config.json $p/root/input/secrets/* $p/cwd/input/docker/config.json 2>/dev/null;',
      'done; cat /input/docker/config.json 2>/dev/null; echo looked',
    ].join(' ');
    const { output } = await build(`RUN ${look}`, { secrets: [{ name: 'token', value: Buffer.from(secret) }] });
    expect(output).toMatch(/looked/);
    expect(output).toContain('buildkitd');
    for (const hidden of [password, Buffer.from(`sconce:${password}`).toString('base64'), secret, 'config.json: '])
      expect(output.replaceAll(look, '').replaceAll(/RUN .*/g, '')).not.toContain(hidden);
  });

  it('write no secret and no argument into the cluster', async () => {
    const secret = `planted-${process.pid}-secret`;
    const seen: string[] = [];
    const building = build('RUN --mount=type=secret,id=token wc -c /run/secrets/token && sleep 2', {
      secrets: [{ name: 'token', value: Buffer.from(secret) }],
      args: { WORD: `argument-${process.pid}` },
    });
    await waitUntil('the pod', async () => {
      const pods = await standing('Pod');
      seen.push(JSON.stringify(pods), JSON.stringify(await standing('Job')));
      return pods.length > 0;
    });
    await building;
    expect(seen.join('')).toContain('sconce.dev/build');
    expect(seen.join('')).not.toMatch(new RegExp(`${secret}|argument-${process.pid}|${password}`));
  });

  it('reach no private address but the registry, and nobody reaches them', async () => {
    const knock = (host: string, port: number | string) =>
      `(echo | nc -w 3 ${host} ${port} >/dev/null 2>&1 && echo REACHED || echo kept-out)`;
    const [registry, server] = [new URL(registryForPods()), new URL(place.apiServer)];
    const { output } = await build(
      `RUN ${knock(registry.hostname, registry.port)}; ${knock(server.hostname, server.port)}; ${knock('169.254.169.254', 80)}`,
    );
    expect(output.match(/^#\d+ [\d.]+ (REACHED|kept-out)$/gm)?.map((line) => line.split(' ').at(-1))).toEqual([
      'REACHED',
      'kept-out',
      'kept-out',
    ]);
  });

  it('leave nothing behind, whether they end well or not', async () => {
    await build('RUN echo well');
    await expect(build('RUN exit 4')).rejects.toMatchObject({ reason: 'build_step_failed' });
    await waitUntil('no pod to be left', async () => (await standing('Pod')).length === 0, 30_000);
    expect(await standing('Job')).toEqual([]);
  });

  it('end with the worker that wanted them, however it ended', async () => {
    const directory = temporaryDirectory('context');
    await writeTree(directory.path, { Dockerfile: `FROM ${base}\nRUN sleep 1000\n` });
    const support = fileURLToPath(new URL('../support/build-place.ts', import.meta.url));
    const script = `
      import { openClusterBuilder } from ${JSON.stringify(support)};
      const place = openClusterBuilder(${JSON.stringify(home)});
      const show = (chunk) => process.stdout.write(chunk);
      await place.builder.build(${JSON.stringify(aRequest(directory.path))}, show, new AbortController().signal);`;
    const worker = spawnStreaming(process.execPath, ['-C', 'sconce-source', '--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: process.env as Record<string, string>,
      timeoutMs: 240_000,
    });
    let said = '';
    worker.stdout.on('data', (chunk) => {
      said += String(chunk);
    });
    await waitUntil('the step to run', () => said.includes('RUN sleep 1000'), 60_000);
    process.kill(worker.pid, 'SIGKILL');
    await worker.ended.catch(() => undefined);
    const ended = async () => {
      const pods = await place.objects.list<ObjectFacts & { status?: { phase?: string } }>('Pod', place.namespace, '');
      return pods.every(({ status }) => status?.phase === 'Failed');
    };
    await waitUntil('its pod to end', ended, 30_000);
    directory.remove();
  });

  it('are worth another try when their pod is taken away', async () => {
    const building = build('RUN echo runs && sleep 1000');
    const failed = expect(building).rejects.toMatchObject({ name: 'BuilderUnavailable' });
    const running = async () =>
      (await place.objects.list<ObjectFacts & { status?: { phase?: string } }>('Pod', place.namespace, '')).find(
        ({ status }) => status?.phase === 'Running',
      ) ?? null;
    const pod = await waitUntil('the pod', running);
    await place.api.call('taking it', {
      method: 'DELETE',
      path: pathOf('Pod', place.namespace, pod?.metadata.name),
      body: { gracePeriodSeconds: 0 },
    });
    await failed;
  });

  it('say in words that the image they are made with is not there', async () => {
    const other = openClusterBuilder(home, { image: `${registryUnderTest()}/sconce-test/no-such-image:1` });
    await expect(build('RUN true', {}, other.builder)).rejects.toMatchObject({
      name: 'BuilderUnavailable',
      message: expect.stringMatching(/cannot be pulled.*SCONCE_BUILD_IMAGE/s),
    });
    await other.builder.stop();
  });

  it('say that the registry does not take their image, which is no fault of the commit', async () => {
    const { host, hostname } = new URL(registryForPods());
    // Nothing listens at that port; the base image comes from where it is.
    const other = openClusterBuilder(home, {
      registry: `http://${hostname}:1`,
      egressCidrs: [`${hostname}/32`],
      buildkitConfig: `[registry."${host}"]\n  http = true\n`,
    });
    await expect(build('RUN true', {}, other.builder)).rejects.toMatchObject({
      name: 'BuilderUnavailable',
      message: expect.stringMatching(/image could not be pushed.*:1.*refused/s),
    });
    await other.builder.stop();
  });

  it('hand on arguments with commas and lines as they are', async () => {
    const value = `a,b=c,"d"\n'e' \\ $HOME`;
    const { output } = await build('ARG WORDS\nRUN printf "%s" "$WORDS" | od -An -c | tr -d " \\n"', {
      args: { WORDS: value },
    });
    expect(output).toContain(`a,b=c,"d"\\n'e'\\$HOME`);
  });
});
