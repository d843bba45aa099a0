import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
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

beforeAll(async () => {
  await cli.json('projects', 'create', 'vision');
  for (const slug of ['production', 'staging']) await cli.json('environments', 'create', `vision/${slug}`);
  await cli.json('services', 'create', 'vision/production/web', '--memory', '512Mi');
  await cli.json('services', 'set', 'web', '--port', '8000');
});

describe('people and tokens', () => {
  it('are made in one command each, used, and refused once revoked', async () => {
    const made = await cli.run(['tokens', 'create', 'ci', '--environment', 'vision/production', '--expires', '7']);
    expect(made).toMatchObject({ code: exitCodes.done, out: expect.stringMatching(/^sconce_\w+\n$/) });
    const as = cli.with({ environment: { SCONCE_TOKEN: made.out.trim() } });
    expect(await as.json('whoami')).toMatchObject({ token: { kind: 'deploy', environment: { slug: 'production' } } });
    expect((await as.run(['projects', 'create', 'mine'])).code).toBe(exitCodes.denied);
    expect((await cli.run(['tokens', '-p', 'vision'])).out).toMatch(/tok_\w+ +ci +deploy +deploy +vision\/production/);
    expect(await cli.json('tokens', 'show', 'ci', '-p', 'vision')).toMatchObject({ name: 'ci', kind: 'deploy' });
    expect((await cli.run(['tokens', 'revoke', 'ci', '-p', 'vision', '--yes'])).out).toContain('Revoked ci');
    expect(await as.run(['status'])).toMatchObject({
      code: exitCodes.denied,
      err: expect.stringContaining('unauthenticated'),
    });
  });

  it('are invited into a project with one command', async () => {
    const invited = await cli.run(['users', 'invite', 'ana@example.com', '--project', 'vision', '--role', 'admin']);
    expect(invited).toMatchObject({ code: exitCodes.done, out: expect.stringMatching(/^http:\/\/\S+\/setup\/\S+\n$/) });
    expect((await cli.run(['members'])).out).toMatch(/ana@example\.com +ana +admin/);
    expect((await cli.run(['members', 'set', 'ana@example.com', '--role', 'viewer'])).out).toContain(
      'is viewer in vision',
    );
    expect((await cli.run(['members', 'remove', 'ana@example.com', '--yes'])).out).toContain('no member of vision');
    expect(await cli.json('users', 'show', 'ana@example.com')).toMatchObject({ email: 'ana@example.com' });
    const link = await cli.run(['users', 'link', 'ana@example.com']);
    expect(link).toMatchObject({ code: exitCodes.done, out: expect.stringMatching(/^http\S+\/setup\/\S+\n$/) });
    expect((await cli.run(['users', 'sign-out', 'ana@example.com', '--yes'])).out).toContain('signed out everywhere');
    expect((await cli.run(['sessions'])).out).toContain('in no browser');
    expect((await cli.run(['sessions', 'end'])).code).toBe(exitCodes.usage);
    expect((await cli.run(['sessions', 'end', '--all', '--yes'])).code).toBe(exitCodes.done);
    expect((await cli.run(['users', 'remove', 'ana@example.com', '--yes'])).out).toBe('Removed ana@example.com.\n');
    expect((await cli.run(['users', 'show', 'ana@example.com'])).code).toBe(exitCodes.notFound);
    expect((await cli.run(['members', 'set', 'bob@example.com', '--role', 'king'])).code).toBe(exitCodes.failed);
  });

  it('leave a trace of what they did', async () => {
    const { data } = await cli.json('audit', '--action', 'createUser', '--limit', '1');
    expect(data).toMatchObject([{ action: 'createUser', status: 201 }]);
    expect((await cli.run(['audit', '--project', 'vision', '--limit', '200'])).out).toContain('updateService');
    const events = await cli.run(['events', '--project', 'vision', '--limit', 'all']);
    expect(events.out).toMatch(/service\.\w+ /);
    expect((await cli.json('events', '--limit', '1')).id).toMatch(/^evt_/);
  });

  it('are told of as it is done, from where it was left', async () => {
    const follow = (...args: string[]) => cli.start('audit', '--project', 'vision', '--follow', '--json', ...args);
    const running = follow('--limit', '1');
    await waitUntil('the newest row', async () => running.seen.out.includes('\n'), 20_000);
    const { cursor } = JSON.parse(running.seen.out) as { cursor: string };
    await cli.json('projects', 'set', 'vision', '--name', 'Followed');
    await waitUntil('the next row', async () => running.seen.out.includes('"updateProject"'), 20_000);
    running.kill('SIGINT');
    const ended = await running.ended;
    expect(ended).toMatchObject({ code: exitCodes.interrupted, err: expect.stringContaining('--after') });
    const [, row = ''] = ended.out.trim().split('\n');
    expect(JSON.parse(row)).toMatchObject({ action: 'updateProject', status: 200 });
    const again = follow('--after', cursor, '--action', 'updateProject');
    await waitUntil('the same row', async () => again.seen.out.includes(row), 20_000);
    again.kill('SIGINT');
    await again.ended;
  });
});

describe('machines', () => {
  it('are shown as they are now, and with what was used of them', async () => {
    const pools = async () => (await cli.json('pools')).data as { cluster: string; name: string }[];
    await waitUntil('a machine', async () => (await pools()).length > 0, 60_000);
    const [pool] = await pools();
    const name = `${pool?.cluster}/${pool?.name}`;
    const shown = await cli.json('pools', 'show', name, '--since', '1h', '--step', '1m');
    expect(shown).toMatchObject({ cluster: pool?.cluster, step: '1m', pools: [{ pool: pool?.name }] });
    expect((await cli.run(['pools', 'show'])).out).toMatch(/^\S+\/\S+, in steps of 5m: [\d.]+ cores, /m);
    expect((await cli.run(['pools', 'show', 'absent'])).code).toBe(exitCodes.notFound);
  });
});

describe('what comes in is only text', () => {
  it('shows names and values that would act on a terminal for what they are', async () => {
    const rtl = 'safe\u202eexe.sh';
    await cli.json('projects', 'create', 'strange', '--name', rtl);
    const shown = await cli.run(['projects']);
    expect(shown.out).toContain('safe<U+202E>exe.sh');
    const asJson = await cli.run(['projects', 'show', 'strange', '--json']);
    expect(asJson.out).not.toContain('\u202e');
    expect(JSON.parse(asJson.out)).toMatchObject({ name: rtl });
    await cli.json('variables', 'set', 'EVIL=\x1b]0;owned\x07\x1b[2J<b>', '--service', 'web');
    expect((await cli.run(['variables', '--service', 'web'])).out).toMatch(/^EVIL {2}<b> /m);
    expect((await cli.run(['projects', 'create', 'bad', '--name', 'a\x1b[31m'])).code).toBe(exitCodes.failed);
    expect((await cli.run(['projects', 'show', '\x1b[2J../../etc'])).err).not.toContain('\x1b[2J');
    await cli.json('projects', 'delete', 'strange', '--yes');
  });

  it('ends with codes that scripts can tell apart', async () => {
    expect((await cli.run(['status', '--token', 'sconce_personal_wrong'])).code).toBe(exitCodes.denied);
    expect((await cli.run(['projects', '--api-url', 'http://127.0.0.1:9', '--token', 'x'])).code).toBe(
      exitCodes.unreachable,
    );
    expect((await cli.run(['services', 'show', 'nothing-called-so'])).code).toBe(exitCodes.notFound);
    expect((await cli.run(['projects', '--limit', 'x'])).code).toBe(exitCodes.usage);
    const unknown = await cli.run(['projetcs', '--json']);
    expect([unknown.code, failure(unknown.err)]).toMatchObject([
      exitCodes.usage,
      { hint: 'Did you mean: sconce projects' },
    ]);
  });
});

describe('completion', () => {
  it('is a script that bash takes, and offers commands, options and services that there are', () => {
    const script = `
      sconce() { '${process.execPath}' "$SCONCE_BIN" "$@"; }
      source <(sconce completion bash)
      offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _sconce; echo "\${COMPREPLY[*]}"; }
      offer sconce rollo
      offer sconce services se
      offer sconce services set --gp
      offer sconce logs --level w
      offer sconce status vision/
      offer sconce completion z`;
    const environment = {
      PATH: process.env.PATH,
      HOME: cli.home,
      SCONCE_API_URL: platform.apiUrl,
      SCONCE_TOKEN: platform.token,
    };
    const bin = join(import.meta.dirname, '../../apps/cli/bin/sconce.mjs');
    const out = execFileSync('bash', ['-c', script], { env: { ...environment, SCONCE_BIN: bin }, encoding: 'utf8' });
    expect(out.split('\n')).toEqual(['rollouts', 'set', '--gpu', 'warn', 'vision/production/web', 'zsh', '']);
  });

  it('offers nothing, and says nothing, where there is no platform', async () => {
    const nowhere = cli.with({ environment: { SCONCE_API_URL: 'http://127.0.0.1:9' } });
    expect(await nowhere.run(['complete', '--', 'status', ''])).toEqual({ code: exitCodes.done, out: '', err: '' });
  });
});

describe('init', () => {
  const dockerfile = 'FROM python:3.12\nCOPY . .\nEXPOSE 8080\n';

  function repository(name: string): CommandLine {
    const directory = join(cli.home, name);
    mkdirSync(directory);
    const files = { Dockerfile: dockerfile, 'requirements.txt': 'torch==2.6\n', 'app.py': '@app.get("/healthz")\n' };
    for (const [path, text] of Object.entries(files)) writeFileSync(join(directory, path), text);
    return cli.with({ directory });
  }

  it('writes what it found, and a file that the server takes', async () => {
    const there = repository('My Model');
    expect(await there.run(['init'])).toMatchObject({ code: exitCodes.usage, err: expect.stringContaining('--yes') });
    const dry = await there.run(['init', '--dry-run']);
    expect(dry.out).toMatch(/^ {2}my-model:$/m);
    expect(dry.out).toMatch(/port: 8080 +# .*EXPOSE in Dockerfile/);
    expect(dry.out).toMatch(/path: \/healthz +# .*found in app\.py/);
    expect(dry.out).toMatch(/gpu: \S+ +# .*torch in requirements\.txt/);
    expect((await there.run(['init', '--yes'])).out).toContain('Wrote ');
    expect((await there.run(['init', '--yes', '--json'])).err).toContain('already_exists');
    execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: there.directory });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.com', ...args], {
        cwd: there.directory,
      });
    git('add', '-A');
    git('commit', '-q', '-m', 'One');
    const plan = await there.json('plan', '--project', 'vision', '--environment', 'staging');
    expect(plan).toMatchObject({ committed: true, plan: { services: [{ slug: 'my-model', action: 'create' }] } });
  });

  it('asks about each guess on a terminal, and writes what was answered', async () => {
    const there = repository('asked');
    const running = there.onTerminal('init');
    const answers = [
      ['Name of the service', '\n'],
      ['Port it listens on', '9000\n'],
      ['Path that answers', 'none\n'],
      ['need a GPU', 'n\n'],
    ] as const;
    for (const [question, answer] of answers) {
      await waitUntil(question, async () => running.seen.out.includes(question), 20_000);
      running.type(answer);
    }
    expect(await running.ended).toMatchObject({ code: exitCodes.done });
    const text = execFileSync('cat', [join(there.directory, 'sconce.yaml')], { encoding: 'utf8' });
    expect(text).toMatch(/asked:[\s\S]*port: 9000[\s\S]*# path:[\s\S]*gpu: none/);
  });
});
