import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '@sconce/cli';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDockerClient } from '../support/docker-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository, writeFiles } from '../support/tiny-service.ts';

const command = fileURLToPath(new URL('../../apps/cli/bin/sconce.mjs', import.meta.url));
const service = 'lab/production/app';
let platform: Platform;
let home: string;
let clone: string;

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  platform = await startPlatform();
  home = mkdtempSync(join(tmpdir(), 'sconce-cli-e2e-'));
  clone = join(home, 'app');
  mkdirSync(clone);
  git('init', '-q', '-b', 'main');
});
afterAll(async () => {
  await platform?.stop();
  rmSync(home, { recursive: true, force: true });
});

const identity = {
  GIT_AUTHOR_NAME: 'Ana',
  GIT_AUTHOR_EMAIL: 'ana@example.com',
  GIT_COMMITTER_NAME: 'Ana',
  GIT_COMMITTER_EMAIL: 'ana@example.com',
};
const environment = () => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  SCONCE_API_URL: platform.apiUrl,
  SCONCE_TOKEN: platform.token,
  GIT_CONFIG_NOSYSTEM: '1',
  ...identity,
});

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: clone,
    env: environment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

function commit(files: Readonly<Record<string, string>>, message: string): void {
  writeFiles(clone, files);
  git('add', '-A');
  git('commit', '-q', '-m', message);
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(...args: string[]) {
  const child = spawn(process.execPath, [command, ...args], { cwd: clone, env: environment() });
  const seen = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen.err += text;
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...seen })));
  return { child, seen, ended };
}

async function sconce(args: readonly string[], input = ''): Promise<Ended> {
  const { child, ended } = start(...args);
  child.stdin.end(input);
  return ended;
}

async function ask(path = ''): Promise<{ status: number; body: string; release: string | null }> {
  const answer = await fetch(`${platform.gatewayUrl}/${service}/${path}`);
  return { status: answer.status, body: (await answer.text()).trim(), release: answer.headers.get('x-sconce-release') };
}

describe('sconce, from an empty installation', () => {
  it('says what it would make, and makes nothing', async () => {
    commit(tinyRepository({ body: 'one', before: 'echo here-we-go' }), 'One');
    const dry = await sconce(['deploy', '--service', service, '--dry-run', '--json']);
    expect(JSON.parse(dry.out)).toMatchObject({
      branch: 'main',
      wouldMake: [
        'project lab',
        'environment production',
        'repository app',
        'branch rule main -> production',
        'service app',
      ],
    });
    expect(JSON.parse((await sconce(['status', '--json'])).out)).toMatchObject({ data: [] });
  });

  it('deploys a repository that nothing was set up for, and ends with where it answers', async () => {
    const deployed = await sconce(['deploy', '--service', service]);
    expect(deployed).toMatchObject({
      code: exitCodes.done,
      out: expect.stringMatching(/^● live {2}lab\/production\/app r1 in (?:\d+:\d\d|\d+\.\d s) .*\n {2}http/),
    });
    expect(deployed.err).toContain('Making project lab');
    expect(deployed.err).toContain('COPY index.html');
    expect(await ask()).toEqual({ status: 200, body: 'one', release: 'r1' });
  });

  it('leaves no token in the clone, and remembers where it was deployed to', () => {
    const config = readFileSync(join(clone, '.git/config'), 'utf8');
    expect(config).toContain('[remote "sconce"]');
    expect(config).toContain(service);
    expect(config).not.toContain(platform.token);
    expect(config).not.toMatch(/extraheader|Authorization/i);
  });

  it('deploys again by just its name, with one object for scripts', async () => {
    commit({ 'index.html': 'two' }, 'Two');
    const { code, out } = await sconce(['deploy', '--json']);
    expect(code).toBe(exitCodes.done);
    expect(JSON.parse(out)).toMatchObject({
      state: 'live',
      services: [
        { service: { path: service }, release: { number: 2 }, urls: { host: expect.stringContaining('http') } },
      ],
      timings: { totalMs: expect.any(Number) },
    });
    expect((await ask()).body).toBe('two');
  });

  it('deploys what is there already when nothing was changed', async () => {
    const { code, err } = await sconce(['deploy']);
    expect(err).toContain('main is there already');
    expect(code).toBe(exitCodes.done);
    expect((await ask()).body).toBe('two');
  });
});

describe('sconce, with a service that runs', () => {
  it('sets variables and secrets, and shows the first and not the second', async () => {
    expect((await sconce(['variables', 'set', 'GREETING=hello there', '--deploy'])).code).toBe(exitCodes.done);
    await waitUntil('the variable to be there', async () => (await ask('greeting.txt')).body === 'hello there', 60_000);
    expect((await sconce(['variables'])).out).toMatch(/^GREETING {2}hello there {2}service {2}v1/);
    const set = await sconce(['secrets', 'set', 'TOKEN', '--group', 'hub'], 'planted-value-51c\n');
    expect(set).toMatchObject({
      code: exitCodes.done,
      out: expect.stringMatching(/^TOKEN in hub is version 1, fingerprint [0-9a-f]{12}\./),
    });
    expect((await sconce(['secrets', 'attach', 'hub'])).code).toBe(exitCodes.done);
    const list = await sconce(['secrets', '--json']);
    expect(JSON.parse(list.out)).toMatchObject({
      data: [{ slug: 'hub', services: [service], items: [{ name: 'TOKEN', version: 1 }] }],
    });
    expect(set.out + set.err + list.out).not.toContain('planted-value');
  });

  it('lists releases, compares two and goes back to the first', async () => {
    expect((await sconce(['releases'])).out).toMatch(/^r\d+ .*"Two"/m);
    const compared = await sconce(['releases', 'compare', 'r1', 'r2']);
    expect(compared.out).toMatch(/^r1 beside r2: another image\n {2}image digest {2}sha256:/);
    const back = await sconce(['rollback', 'r1', '--follow']);
    expect(back).toMatchObject({ code: exitCodes.done, out: expect.stringContaining('back to r1') });
    expect(await ask()).toMatchObject({ body: 'one', release: 'r1' });
    expect((await sconce(['status', 'app'])).out).toContain('Pinned');
    expect((await sconce(['unpin'])).code).toBe(exitCodes.done);
  });

  it('follows the log until it is told to stop, and says where to go on', async () => {
    const { child, seen, ended } = start(
      'logs',
      '-f',
      '--build',
      String(JSON.parse((await sconce(['builds', '--json'])).out).data[0].id),
      '--json',
    );
    const first = await ended;
    expect(first.code).toBe(exitCodes.done);
    expect(
      seen.out
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { line: number }).line)[0],
    ).toBe(1);
    expect(child.exitCode).toBe(0);
    const live = start('logs', '-f');
    await waitUntil('the stream to stand', () => live.seen.out.includes('here-we-go'), 20_000);
    live.child.kill('SIGINT');
    expect(await live.ended).toMatchObject({
      code: exitCodes.interrupted,
      err: expect.stringMatching(/^Stopped after line \d+\. Go on from there: --after \d+$/m),
    });
  });

  it('tells a build that fails with its reason and last lines', async () => {
    commit(
      { Dockerfile: `${tinyRepository({ body: '' }).Dockerfile}\nRUN echo about-to-fail && false\n` },
      'Break the build',
    );
    const failed = await sconce(['deploy', '--json']);
    expect(failed.code).toBe(exitCodes.failed);
    const { error } = JSON.parse(failed.err.trim().split('\n').at(-1) ?? '') as {
      error: { code: string; lines: string[] };
    };
    expect(error.code).toBe('build_step_failed');
    expect(error.lines.join('\n')).toContain('about-to-fail');
    expect((await ask()).status).toBe(200);
  });

  it('tells a release that does not stay up, and what keeps answering', async () => {
    commit(tinyRepository({ body: 'three', before: 'echo out-of-cheese >&2; exit 7' }), 'Crash at once');
    const failed = await sconce(['deploy', '--quiet']);
    expect(failed.code).toBe(exitCodes.failed);
    expect(failed.err).toMatch(/did not go live/);
    expect(failed.err).toContain('out-of-cheese');
    expect(await ask()).toMatchObject({ status: 200, body: 'one' });
  });

  it('says why a push was not taken up', async () => {
    commit(tinyRepository({ body: 'four' }), 'Not now [skip ci]');
    const skipped = await sconce(['deploy']);
    expect(skipped.code).toBe(exitCodes.failed);
    expect(skipped.err).toContain('(skip_ci)');
  });

  it('ends with codes that scripts can tell apart', async () => {
    expect((await sconce(['status', 'nothing-called-so'])).code).toBe(exitCodes.notFound);
    expect((await sconce(['status', '--token', 'sconce_personal_wrong'])).code).toBe(exitCodes.denied);
    expect((await sconce(['status', '--api-url', 'http://127.0.0.1:9', '--token', 'x'])).code).toBe(
      exitCodes.unreachable,
    );
    expect((await sconce(['rollback', 'r999'])).code).toBe(exitCodes.notFound);
  });
});
