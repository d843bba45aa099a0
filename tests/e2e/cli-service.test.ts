import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@sconce/cli';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, makeCommandLine } from '../support/command-line.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository, writeFiles } from '../support/tiny-service.ts';

const path = 'my-model/production/my-model';
let platform: Platform;
let cli: CommandLine;
let clone: string;
beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  platform = await startPlatform();
  const made = makeCommandLine(platform);
  clone = join(made.home, 'My Model');
  mkdirSync(clone);
  cli = made.with({ directory: clone });
  git('init', '-q', '-b', 'main');
});
afterAll(async () => {
  cli?.remove();
  await platform?.stop();
});

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: clone, encoding: 'utf8' }).trim();
}

function commit(files: Readonly<Record<string, string>>, message: string): string {
  writeFiles(clone, files);
  git('add', '-A');
  git('commit', '-q', '-m', message);
  return git('rev-parse', 'HEAD');
}

async function ask(file = ''): Promise<string> {
  return (await (await fetch(`${platform.gatewayUrl}/${path}/${file}`)).text()).trim();
}

describe('a repository that nothing was set up for', () => {
  it('is live after one command, which ends with the address and what it took', async () => {
    commit(tinyRepository({ body: 'one', before: 'echo here-we-go' }), 'One');
    const deployed = await cli.run(['deploy']);
    expect(deployed).toMatchObject({
      code: exitCodes.done,
      out: expect.stringMatching(
        /^● live {2}my-model\/production\/my-model r1 in \S+.*\(push .*, build .*, start .*, shift .*\)\n {2}http\S+\n$/,
      ),
    });
    expect(deployed.err).toContain('Making repository my-model');
    expect(deployed.err).toMatch(/^Remote sconce added: http/m);
    expect(await ask()).toBe('one');
  });

  it('is asked for its commit where there is none, and for a repository where there is none', async () => {
    const empty = join(cli.home, 'empty');
    mkdirSync(empty);
    expect(await cli.with({ directory: empty }).run(['deploy'])).toMatchObject({
      code: exitCodes.usage,
      err: expect.stringContaining('git init'),
    });
    execFileSync('git', ['init', '-q'], { cwd: empty });
    expect((await cli.with({ directory: empty }).run(['deploy', '--json'])).err).toContain('no_commit');
  });

  it('writes only the address with --quiet', async () => {
    commit({ 'index.html': 'two' }, 'Two');
    const quiet = await cli.run(['deploy', '--quiet']);
    expect(quiet).toMatchObject({ code: exitCodes.done, err: '', out: expect.stringMatching(/^http\S+\n$/) });
    expect(await ask()).toBe('two');
  });
});

describe('steps that are counted', () => {
  /** Each is one command, with nothing before it. */
  it('follows the log with one command', async () => {
    const running = cli.start('logs', '-f');
    await waitUntil('a line', async () => running.seen.out.includes('here-we-go'), 20_000);
    running.kill('SIGINT');
    expect((await running.ended).code).toBe(exitCodes.interrupted);
  });

  it('adds a secret with one command', async () => {
    const set = await cli.run(['secrets', 'set', 'TOKEN', '--group', 'hub'], 'planted-value-c0f');
    expect(set).toMatchObject({ code: exitCodes.done, out: expect.stringContaining('version 1') });
  });

  it('changes settings and deploys them with one command', async () => {
    const set = await cli.run(['services', 'set', '--memory', '256Mi', '--deploy']);
    expect(set).toMatchObject({ code: exitCodes.done, out: expect.stringContaining('r3') });
    const release = async () => (await cli.json('status', path)).live.release.name;
    await waitUntil('r3 to be live', async () => (await release()) === 'r3', 60_000);
    expect((await cli.json('releases', 'show')).spec.resources.memoryMiB).toBe(256);
    const none = await cli.run(['services', 'set', '--gpu', 'H100', '--follow', '--json']);
    expect([none.code, none.out, none.err.trim()]).toEqual([
      exitCodes.failed,
      '',
      expect.stringMatching(/Nothing was changed.*no_gpu_here/),
    ]);
    expect((await cli.json('services', 'show')).settings.resources).toEqual({ memoryMiB: 256 });
  });

  it('rolls back with one command', async () => {
    const would = await cli.run(['rollback', 'r1', '--dry-run']);
    expect(would.out).toMatch(/would go back to r1\n.*takes over once it answers/);
    const back = await cli.run(['rollback', 'r1', '--follow']);
    expect(back).toMatchObject({ code: exitCodes.done, out: expect.stringContaining('back to r1') });
    expect(await ask()).toBe('one');
    expect((await cli.run(['unpin', '--quiet'])).out).toBe(`${path}\n`);
  });
});

describe('builds, releases and rollouts', () => {
  it('are listed and shown, by number, by id and for scripts', async () => {
    const { data } = await cli.json('builds', '--phase', 'succeeded');
    expect((await cli.run(['builds', '--quiet'])).out).toBe(data.map(({ id }: { id: string }) => `${id}\n`).join(''));
    expect((await cli.run(['builds', 'show'])).out).toMatch(/commit +\w{7} "Two" by Ana/);
    expect((await cli.run(['builds', 'logs', data.at(-1).id])).out).toContain('COPY');
    expect((await cli.run(['builds', 'analysis', data[0].id])).out).toMatch(
      / against bld_\w+\nSTEP[\s\S]+COPY[\s\S]+\nLAYER[\s\S]+\nall +[\d.]+ MiB +[\d.]+ MiB\n$/,
    );
    expect(await cli.json('builds', 'analysis')).toMatchObject({ layers: expect.any(Array) });
    expect((await cli.run(['releases', '--quiet', '--limit', '3'])).out).toBe('r3\nr2\nr1\n');
    expect(await cli.json('releases', 'show', 'r1')).toMatchObject({ number: 1, live: true });
    expect((await cli.run(['releases', 'show', 'r99'])).code).toBe(exitCodes.notFound);
    expect((await cli.run(['releases', 'compare', 'r3', 'r2'])).out).toContain('resources');
    const rollouts = (await cli.json('rollouts', '--limit', 'all')).data;
    expect(rollouts).toHaveLength(4);
    expect(await cli.json('rollouts', 'show', rollouts[0].id)).toMatchObject({ cause: 'rollback' });
    expect((await cli.run(['deliveries'])).out).toMatch(/dlv_\w+ +built .* main +\w{7}/);
  });

  it('build an earlier commit again, without the cache, and follow it until it is live', async () => {
    const again = await cli.run(['builds', 'rebuild', '--no-cache', '--follow']);
    expect(again).toMatchObject({ code: exitCodes.done, out: expect.stringContaining('● live') });
    expect(again.err).toContain('without any cache');
    expect(await ask()).toBe('two');
    const made = await cli.json('builds', 'create', '--branch', 'main');
    expect(made).toMatchObject({ id: expect.stringMatching(/^bld_/) });
    expect((await cli.run(['builds', 'create', '--commit', 'abc'])).code).toBe(exitCodes.failed);
  });

  it('stand still, go on, and are taken back', async () => {
    await waitUntil('all to be settled', async () => (await cli.json('status', path)).rollout === null, 60_000);
    const slow = tinyRepository({ body: 'three', before: 'echo slowly; sleep 120' });
    commit(slow, 'Three');
    const running = cli.start('deploy');
    await waitUntil('the rollout', async () => (await cli.json('rollouts', '--active')).data.length > 0, 60_000);
    expect((await cli.run(['rollouts', 'pause'])).out).toContain('stands still');
    expect(await cli.json('rollouts', 'show')).toMatchObject({ paused: true });
    expect((await cli.run(['rollouts', 'resume'])).out).toContain('goes on');
    expect((await cli.run(['rollouts', 'abort'])).code).toBe(exitCodes.usage);
    expect((await cli.run(['rollouts', 'abort', '--yes'])).out).toContain('is taken back');
    expect(await running.ended).toMatchObject({ code: exitCodes.failed });
    expect(await ask()).toBe('two');
  });

  it('are told as they happen', async () => {
    const running = cli.start('events', '--service', path, '--follow', '--json');
    await waitUntil('the history', async () => running.seen.out.includes('rollout.'), 20_000);
    const before = running.seen.out.length;
    await cli.json('pin');
    await waitUntil('the event', async () => running.seen.out.slice(before).includes('service.'), 20_000);
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: exitCodes.interrupted, err: expect.stringContaining('--after') });
    await cli.json('unpin');
  });
});

describe('sconce.yaml', () => {
  const yaml = (memory: string) =>
    `services:\n  my-model:\n    resources: { memory: ${memory} }\n    env: { GREETING: hello }\n    secrets: [hub, empty]\n`;

  it('is planned as it stands, and refused by apply until it is committed', async () => {
    writeFiles(clone, { ...tinyRepository({ body: 'four' }), 'sconce.yaml': yaml('128Mi') });
    const plan = await cli.run(['plan']);
    expect(plan).toMatchObject({ code: exitCodes.done, err: expect.stringContaining('commit it, then sconce apply') });
    expect(plan.out).toMatch(/resources\.memoryMiB +- -> 128 +set over the API to 256, which stays in force/);
    expect(plan.out).toMatch(/env GREETING +- -> hello/);
    expect(plan.out).toMatch(/secrets empty +attached +there is no such group yet/);
    const refused = await cli.run(['apply', '--yes', '--json']);
    expect(refused).toMatchObject({ code: exitCodes.failed, out: '', err: expect.stringContaining('not_committed') });
    expect((await cli.json('secrets')).data.map(({ slug }: { slug: string }) => slug)).toEqual(['hub']);
  });

  it('is applied with its commit: what it names is made, what people set is taken back when asked, and it is deployed', async () => {
    commit({ 'sconce.yaml': yaml('128Mi') }, 'Four');
    expect((await cli.run(['apply'])).err).toContain('confirmation_needed');
    const applied = await cli.run(['apply', '--take-back', '--yes']);
    expect(applied).toMatchObject({ code: exitCodes.done, out: expect.stringContaining('● live') });
    expect(applied.err).toContain('Will take back what was set on my-model/production/my-model: resources.memoryMiB');
    expect([await ask(), await ask('greeting.txt')]).toEqual(['four', 'hello']);
    const service = await cli.json('services', 'show', path);
    expect(service).toMatchObject({ effectiveSettings: { resources: { memoryMiB: 128 } } });
    expect(JSON.stringify(service.settings)).not.toContain('128');
    expect((await cli.run(['plan'])).err).toContain('The file changes nothing.');
    expect((await cli.run(['apply', '--yes'])).err).toContain('There is nothing to do.');
  });

  it('is told its mistakes by their line', async () => {
    writeFiles(clone, { 'sconce.yaml': 'services:\n  my-model:\n    port: x\n' });
    expect(await cli.run(['plan'])).toMatchObject({
      code: exitCodes.failed,
      err: expect.stringContaining('services.my-model.port (line 3)'),
    });
    git('checkout', '-q', 'sconce.yaml');
  });
});

describe('the rest of a day', () => {
  it('opens pages by writing their address where there is no browser', async () => {
    expect((await cli.run(['open'])).out).toBe(`${platform.apiUrl}/p/${path}\n`);
    expect((await cli.run(['open', '--page', 'logs'])).out).toBe(`${platform.apiUrl}/p/${path}/logs\n`);
    expect(await cli.json('open', '--live')).toEqual({ url: expect.stringMatching(/^http/) });
    expect((await cli.run(['open', '--page', 'attic'])).code).toBe(exitCodes.usage);
    expect((await cli.run(['open', '--home'])).out).toBe(`${platform.apiUrl}/\n`);
  });

  it('remembers in the clone where it was deployed to, and keeps no token there', () => {
    const config = readFileSync(join(clone, '.git/config'), 'utf8');
    expect(config).toContain(path);
    expect(config).not.toContain(platform.token);
  });

  it('deletes a service, which answers no more', async () => {
    expect((await cli.run(['services', 'delete', path, '--yes'])).out).toContain(`Deleted service ${path}`);
    await waitUntil(
      'it to be gone',
      async () => (await fetch(`${platform.gatewayUrl}/${path}/`)).status === 404,
      60_000,
    );
    expect((await cli.run(['services'])).out).toContain('No service there');
  });
});
