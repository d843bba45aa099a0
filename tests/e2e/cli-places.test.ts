import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@sconce/cli';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, makeCommandLine } from '../support/command-line.ts';
import { type Platform, startPlatform } from '../support/platform.ts';

let platform: Platform;
let cli: CommandLine;
beforeAll(async () => {
  platform = await startPlatform();
  cli = makeCommandLine(platform);
});
afterAll(async () => {
  cli?.remove();
  await platform?.stop();
});

const failure = (err: string) => (JSON.parse(err.trim().split('\n').at(-1) ?? '') as { error: object }).error;

describe('projects and environments', () => {
  it('are made, shown, renamed and listed, by name or id', async () => {
    expect((await cli.run(['projects'])).out).toContain('No project yet');
    const made = await cli.json('projects', 'create', 'vision', '--name', 'Vision team');
    expect(made).toMatchObject({ slug: 'vision', name: 'Vision team' });
    expect(await cli.json('projects', 'show', made.id)).toEqual(await cli.json('projects', 'show', 'vision'));
    expect((await cli.run(['projects', 'set', 'vision', '--name', 'Vision'])).out).toBe('vision is called Vision.\n');
    expect((await cli.run(['environments', 'create', 'production'])).out).toContain(
      'Made environment vision/production',
    );
    await cli.json('environments', 'create', 'vision/staging', '--name', 'For tests');
    expect((await cli.run(['environments', '--quiet'])).out).toBe('vision/staging\nvision/production\n');
    expect(await cli.json('environments', 'show', 'staging')).toMatchObject({
      path: 'vision/staging',
      name: 'For tests',
    });
    expect((await cli.run(['environments', 'set', 'staging', '--name', 'Demo'])).out).toContain('is called Demo');
    expect(await cli.json('projects')).toMatchObject({ data: [{ slug: 'vision' }], page: { next: null } });
  });

  it('are deleted only when that is meant, after saying what would be lost', async () => {
    await cli.json('projects', 'create', 'doomed');
    await cli.json('environments', 'create', 'doomed/production');
    await cli.json('services', 'create', 'doomed/production/web');
    const dry = await cli.run(['projects', 'delete', 'doomed', '--dry-run']);
    expect(dry).toMatchObject({ code: exitCodes.done, out: expect.stringContaining('doomed/production/web') });
    const unasked = await cli.run(['projects', 'delete', 'doomed', '--json']);
    expect(unasked).toMatchObject({ code: exitCodes.usage, out: '' });
    expect(failure(unasked.err)).toMatchObject({ code: 'confirmation_needed', hint: expect.stringContaining('--yes') });
    expect((await cli.run(['environments', 'delete', 'doomed/production', '--yes', '--quiet'])).out).toBe(
      'doomed/production\n',
    );
    expect((await cli.run(['projects', 'delete', 'doomed', '--yes'])).out).toContain('Deleted project doomed.');
    expect((await cli.run(['projects', 'show', 'doomed'])).code).toBe(exitCodes.notFound);
  });

  it('are deleted on a terminal when the name is typed, and not when another is', async () => {
    await cli.json('projects', 'create', 'typed');
    const answer = async (text: string) => {
      const running = cli.onTerminal('projects', 'delete', 'typed');
      await waitUntil('the question', async () => running.seen.out.includes('Type typed to delete it'), 20_000);
      running.type(text);
      return running.ended;
    };
    expect(await answer('production\n')).toMatchObject({
      code: exitCodes.failed,
      out: expect.stringContaining('Nothing was changed'),
    });
    expect(await answer('\x03')).toMatchObject({ code: exitCodes.interrupted });
    expect(await cli.json('projects', 'show', 'typed')).toMatchObject({ slug: 'typed' });
    expect(await answer('typed\n')).toMatchObject({
      code: exitCodes.done,
      out: expect.stringContaining('Deleted project typed'),
    });
  });

  it('are asked for on a terminal where several could be meant, and named where nobody is there', async () => {
    await cli.json('projects', 'create', 'speech');
    const unasked = await cli.run(['environments']);
    expect(unasked).toMatchObject({ code: exitCodes.usage, err: expect.stringContaining('speech, vision') });
    const running = cli.onTerminal('environments');
    await waitUntil('the question', async () => running.seen.out.includes('Number or name'), 20_000);
    running.type('vision\n');
    expect(await running.ended).toMatchObject({
      code: exitCodes.done,
      out: expect.stringContaining('vision/production'),
    });
    const bySetting = cli.with({ environment: { SCONCE_PROJECT: 'vision' } });
    expect((await bySetting.run(['environments', '--quiet'])).out).toContain('vision/production');
    await cli.json('projects', 'delete', 'speech', '--yes');
  });
});

describe('repositories and branch rules', () => {
  it('come and go', async () => {
    const repository = await cli.json('repositories', 'create', 'models', '--default-branch', 'trunk');
    expect(repository).toMatchObject({ path: 'vision/models', kind: 'builtin', defaultBranch: 'trunk' });
    expect((await cli.run(['repositories', 'set', 'models', '--default-branch', 'main'])).out).toContain('main');
    expect((await cli.run(['repositories', 'show', repository.id])).out).toContain(repository.pushUrl);
    const connected = ['repositories', 'connect', 'acme/Big_Vision', '--host-id', '4711'];
    expect(await cli.json(...connected)).toMatchObject({
      slug: 'big-vision',
      kind: 'github',
      fullName: 'acme/Big_Vision',
    });
    expect((await cli.run(['repositories', '--kind', 'github', '--quiet'])).out).toBe('vision/big-vision\n');
    expect((await cli.run(['repositories', 'delete', 'big-vision', '--yes'])).out).toContain('Deleted repository');

    const rule = await cli.json(
      'branch-rules',
      'create',
      '-e',
      'staging',
      '--branch',
      'develop',
      '--branch',
      'release/*',
    );
    expect(rule).toMatchObject({
      environment: { slug: 'staging' },
      branches: ['develop', 'release/*'],
      repository: null,
    });
    const changed = await cli.json('branch-rules', 'set', rule.id, '--branch', 'develop', '--repository', 'models');
    expect(changed).toMatchObject({ branches: ['develop'], repository: { slug: 'models' } });
    expect((await cli.run(['branch-rules'])).out).toMatch(/rul_\w+ +develop +staging +models/);
    expect((await cli.run(['branch-rules', 'show', rule.id])).out).toContain('vision/staging');
    expect((await cli.run(['branch-rules', 'delete', rule.id, '--yes', '-q'])).out).toBe(`${rule.id}\n`);
    expect((await cli.run(['deliveries'])).out).toContain('No push to vision was received yet');
    expect((await cli.run(['deliveries', 'show', 'dlv_absent'])).code).toBe(exitCodes.notFound);
  });
});

describe('services', () => {
  it('get their settings in one command, in the words of sconce.yaml', async () => {
    const made = await cli.json(
      'services',
      'create',
      'web',
      '-e',
      'vision/production',
      '--repository',
      'models',
      '--memory',
      '512Mi',
    );
    expect(made).toMatchObject({
      path: 'vision/production/web',
      repository: { slug: 'models' },
      settings: { resources: { memoryMiB: 512 } },
    });
    const set = [
      '--gpu',
      'H100:2',
      '--cpu',
      '500m',
      '--probe',
      '/healthz',
      '--startup-timeout',
      '1h30m',
      '--replicas',
      '1-3',
    ];
    const changed = await cli.run([
      'services',
      'set',
      'web',
      ...set,
      '--command',
      '["serve", "--port", "80"]',
      '--volume',
      'cache:/models:20Gi',
    ]);
    expect(changed).toMatchObject({ code: exitCodes.done, out: expect.stringContaining('gpu: none -> H100:2') });
    expect(await cli.json('services', 'show', 'web')).toMatchObject({
      effectiveSettings: {
        probe: { path: '/healthz', startupTimeoutMs: 5_400_000 },
        resources: { gpu: { product: 'H100', count: 2 }, cpuMilli: 500, memoryMiB: 512 },
        scaling: { min: 1, max: 3 },
        command: ['serve', '--port', '80'],
        volumes: [{ name: 'cache', path: '/models', sizeMiB: 20_480 }],
      },
    });
    await cli.json(
      'services',
      'set',
      'web',
      '--gpu',
      'default',
      '--memory',
      'none',
      '--build-arg',
      'A=b=c',
      '--watch',
      'src/**',
    );
    const shown = await cli.json('services', 'show', 'web');
    expect(shown.settings.resources).toEqual({ cpuMilli: 500, memoryMiB: 'none' });
    expect(shown.buildSettings).toEqual({ args: { A: 'b=c' }, watch: ['src/**'] });
    expect((await cli.run(['services', 'set', 'web', '--port', '9000', '--dry-run'])).out).toContain('would get');
    expect((await cli.json('services', 'show', 'web')).settings.port).toBeUndefined();
  });

  it.each([
    [['--gpu', '']],
    [['--memory', 'lots']],
    [['--cpu', '1e9']],
    [['--replicas', '3-1-2']],
    [['--command', 'serve']],
    [['--volume', 'cache']],
    [['--build-arg', 'nothing']],
    [[]],
  ])('are not changed by %j', async (args) => {
    const before = (await cli.json('services', 'show', 'web')).version;
    expect((await cli.run(['services', 'set', 'web', ...args])).code).toBe(exitCodes.usage);
    expect((await cli.json('services', 'show', 'web')).version).toBe(before);
  });

  it('tell what the API refuses with its code, its hint and the field', async () => {
    const refused = await cli.run(['services', 'set', 'web', '--port', '99999', '--json']);
    expect(refused.code).toBe(exitCodes.failed);
    expect(failure(refused.err)).toMatchObject({ code: 'invalid', errors: [{ path: 'settings.port' }] });
    expect((await cli.run(['services', 'create', 'Web', '-e', 'vision/production'])).err).toContain('slug');
    const twice = await cli.run(['services', 'create', 'vision/production/web', '--json']);
    expect(failure(twice.err)).toMatchObject({ code: 'already_exists' });
  });

  it('are listed by place, and have no replica before there is a release', async () => {
    expect((await cli.run(['services', '-e', 'production', '-p', 'vision', '--quiet'])).out).toBe(
      'vision/production/web\n',
    );
    expect((await cli.run(['services', '-e', 'vision/staging'])).out).toContain('No service there');
    expect((await cli.run(['services', 'replicas', 'web'])).out).toContain('has no replica');
    expect((await cli.run(['builds'])).out).toContain('has no build yet');
    expect((await cli.run(['builds', 'show'])).code).toBe(exitCodes.notFound);
    expect((await cli.run(['builds', 'logs'])).code).toBe(exitCodes.notFound);
    expect((await cli.run(['builds', 'cancel'])).code).toBe(exitCodes.failed);
    expect((await cli.run(['releases'])).out).toContain('has no release yet');
    expect((await cli.run(['releases', 'show'])).code).toBe(exitCodes.notFound);
    expect((await cli.run(['rollouts'])).out).toContain('has no rollout yet');
    expect((await cli.run(['rollouts', 'pause'])).code).toBe(exitCodes.failed);
    expect((await cli.run(['rollback', '--json'])).err).toContain('nothing_to_roll_back_to');
  });
});

describe('variables and secrets', () => {
  it('take a .env file as one change, and tell names alone', async () => {
    const file = 'export A=1\n# no\nB="two\\nlines"\nC=\'# $as it is\'\n';
    writeFileSync(join(cli.directory, '.env'), file);
    const dry = await cli.run(['variables', 'import', '.env', '--dry-run']);
    expect(dry.err).toBe('  + A  added\n  + B  added\n  + C  added\n');
    expect(await cli.json('variables')).toMatchObject({ data: [] });
    expect((await cli.run(['variables', 'import', '.env'])).out).toContain('Set 3 on vision/production/web');
    const values = async () =>
      Object.fromEntries(
        (await cli.json('variables')).data.map((one: { name: string; value: string }) => [one.name, one.value]),
      );
    expect(await values()).toEqual({ A: '1', B: 'two\nlines', C: '# $as it is' });
    const replaced = ['variables', 'import', '-', '--replace'];
    const unasked = await cli.run(replaced, 'A=2\n');
    expect(unasked).toMatchObject({ code: exitCodes.usage, err: expect.stringContaining('confirmation_needed') });
    expect((await cli.run([...replaced, '--yes'], 'A=2\n')).err).toBe(
      '  ~ A  changed\n  - B  removed\n  - C  removed\n',
    );
    expect(await values()).toEqual({ A: '2' });
  });

  it('refuse a file that is none, and say which line', async () => {
    const broken = await cli.run(['variables', 'import', '-'], 'A=1\nplanted value\n');
    expect(broken).toMatchObject({ code: exitCodes.usage, err: expect.stringContaining('Line 2') });
    expect(broken.err).not.toContain('planted');
    expect((await cli.run(['variables', 'import', 'absent.env'])).code).toBe(exitCodes.usage);
    expect((await cli.run(['variables', 'import', '-'], new Uint8Array([0xff, 0xfe]))).code).toBe(exitCodes.usage);
    expect((await cli.run(['variables', 'set', '1A=x', '--json'])).code).toBe(exitCodes.failed);
  });

  it('hold for all services of an environment where that is named', async () => {
    await cli.json('variables', 'set', 'SHARED=yes', '-e', 'vision/production');
    expect((await cli.run(['variables', '-e', 'vision/production'])).out).toMatch(/^SHARED {2}yes {2}environment/);
    expect((await cli.run(['variables', '--quiet'])).out).toBe('A\nSHARED\n');
    await cli.json('variables', 'unset', 'SHARED', '--environment', 'vision/production');
  });

  it('keep secrets in groups that are made, attached, detached and deleted, and show no value', async () => {
    const set = await cli.run(['secrets', 'set', 'TOKEN', '--group', 'hub'], 'planted-value-8f2\n');
    expect(set).toMatchObject({ code: exitCodes.done, out: expect.stringContaining('TOKEN in hub is version 1') });
    expect((await cli.run(['secrets', 'create-group', 'spare'])).out).toContain('Made secret group spare');
    expect((await cli.run(['secrets', 'attach', 'hub'])).code).toBe(exitCodes.done);
    expect((await cli.run(['secrets', '--quiet'])).out).toBe('hub/TOKEN\n');
    const said = [set, await cli.run(['secrets', '--json']), await cli.run(['services', 'show', 'web', '--json'])];
    expect(said.map(({ out, err }) => out + err).join()).not.toContain('planted-value');
    expect((await cli.run(['secrets', 'detach', 'hub'])).code).toBe(exitCodes.done);
    expect((await cli.run(['secrets', 'delete-group', 'spare', '--yes'])).out).toContain('Deleted secret group spare');
    expect((await cli.run(['secrets', 'unset', 'TOKEN', '--group', 'hub'])).code).toBe(exitCodes.done);
    expect((await cli.run(['secrets', 'delete-group', 'absent', '--yes'])).code).toBe(exitCodes.notFound);
  });
});
