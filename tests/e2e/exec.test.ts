import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { exitCodes } from '@sconce/cli';
import type { AuditEvent } from '@sconce/contract';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, makeCommandLine } from '../support/command-line.ts';
import { findDockerClient } from '../support/docker-client.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: Platform;
let cli: CommandLine;
let shop: Workshop;
const service = 'lab/production/app';
const sconceYaml = `services:
  app:
    sidecars:
      - name: helper
        image: sconce-test/tiny:1
        command: [sleep, '100000']
`;

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  platform = await startPlatform();
  cli = makeCommandLine(platform);
  shop = await openWorkshop(platform, 'lab');
  await shop.live(await shop.deploy(tinyRepository({ body: 'one', sconceYaml }), 'One'));
});
afterAll(async () => {
  cli?.remove();
  shop?.remove();
  await platform?.stop();
});

const replica = async () => {
  const { data } = await shop.client.listReplicas({ params: { service } });
  return data[0] ?? expect.fail('no replica');
};

/** Command lines of what runs in the replica, as its engine says. */
async function processes(): Promise<string> {
  const { id } = await replica();
  return execFileSync(findDockerClient(), ['top', id, '-eo', 'pid,args'], { encoding: 'utf8' });
}

const shell = (script: string) => ['exec', service, '-T', '--', 'sh', '-c', script];
const residentMiB = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

describe('a command in a replica', () => {
  it('has input, both outputs and an exit code', async () => {
    expect(await cli.run(shell('cat; echo bad >&2; exit 9'), 'good\n')).toEqual({
      code: 9,
      out: 'good\n',
      err: 'bad\n',
    });
    expect(await cli.run(['exec', service, '--', 'nothing-like-this'])).toMatchObject({
      code: 127,
      err: expect.stringContaining('not found'),
    });
    expect(await cli.run(['exec', service, '--', 'echo', '-n', '$HOME', 'a b'])).toMatchObject({ out: '$HOME a b' });
  });

  it('takes a shell’s lines where it is given none', async () => {
    expect(await cli.run(['exec', service], 'echo $((6 * 7))\nexit 3\n')).toMatchObject({ code: 3, out: '42\n' });
  });

  it('runs in a sidecar', async () => {
    const of = async (...more: string[]) =>
      (await cli.run(['exec', service, ...more, '--', 'cat', '/proc/1/cmdline'])).out;
    expect(await of('--container', 'helper')).toContain('sleep');
    expect(await of()).not.toContain('sleep');
  });

  it('hands megabytes through both ways as they are', async () => {
    const running = cli.start(...shell('cat | cat'));
    const bytes = Buffer.from('0123456789abcdef\n'.repeat(300_000));
    running.end(bytes);
    const { code, out } = await running.ended;
    expect(code).toBe(0);
    expect(out === bytes.toString()).toBe(true);
  });

  it('has a terminal where there is one', async () => {
    const running = cli.onTerminal('exec', service);
    await waitUntil('the prompt', () => /[#$] /.test(running.seen.out));
    expect(running.seen.out).toContain('lab/production/app r1-');
    running.type('busybox stty size; echo at $TERM; tty\r');
    await waitUntil('its answer', () => /at xterm/.test(running.seen.out));
    expect(running.seen.out).toMatch(/24 80\r*\n/);
    // Keys go to what runs there: it goes on.
    running.type('sleep 1000\r');
    await waitUntil('the sleep', async () => (await processes()).includes('sleep 1000'));
    running.type('\x03');
    running.type('exit 5\r');
    expect(await running.ended).toMatchObject({ code: 5 });
    expect(await processes()).not.toContain('sleep 1000');
  });
});

describe('whoever leaves, or may not any more', () => {
  it('is missed: what they began is ended', async () => {
    const running = cli.start(...shell('trap "" HUP; echo begun; sleep 2000 & wait; wait'));
    await waitUntil('it to begin', () => running.seen.out.includes('begun'));
    running.kill('SIGKILL');
    await waitUntil('it to be ended', async () => !(await processes()).includes('sleep 2000'));
  });

  it('is told with Ctrl-C', async () => {
    const running = cli.start(...shell('echo begun; sleep 2100'));
    await waitUntil('it to begin', () => running.seen.out.includes('begun'));
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: exitCodes.interrupted });
    await waitUntil('it to be ended', async () => !(await processes()).includes('sleep 2100'));
  });

  it('loses it with their token', async () => {
    const body = { kind: 'personal' as const, name: 'for a while', scopes: ['exec' as const] };
    const { id, token } = await shop.client.createToken({ body });
    const running = cli.with({ environment: { SCONCE_TOKEN: token } }).start(...shell('echo begun; sleep 2200'));
    await waitUntil('it to begin', () => running.seen.out.includes('begun'));
    await shop.client.deleteToken({ params: { token: id } });
    expect(await running.ended).toMatchObject({
      code: exitCodes.failed,
      err: expect.stringMatching(/access ended[\s\S]*revoked/),
    });
    await waitUntil('it to be ended', async () => !(await processes()).includes('sleep 2200'));
  });
});

describe('a flood', () => {
  it('that nobody takes stops the command, and fills no memory', async () => {
    const running = cli.start(...shell('cat /dev/zero'));
    await waitUntil('it to begin', () => running.seen.out.length > 0);
    running.pause();
    const { api, scheduler } = platform.processes;
    const before = [api.pid, scheduler.pid, running.pid].map(residentMiB);
    const cpuOf = async () => {
      const { id } = await replica();
      const line = execFileSync(findDockerClient(), ['top', id, '-eo', 'pid,time,args'], { encoding: 'utf8' });
      return /(\S+)\s+cat \/dev\/zero/.exec(line)?.[1];
    };
    let last: string | undefined;
    // Standing still for seconds: it waits.
    await waitUntil('it to be held back', async () => {
      const first = await cpuOf();
      await cli.run(shell('true'));
      await cli.run(shell('true'));
      last = await cpuOf();
      return first === last && last !== undefined;
    });
    const grown = [api.pid, scheduler.pid, running.pid].map((pid, at) => residentMiB(pid) - (before[at] ?? 0));
    expect(Math.max(...grown)).toBeLessThan(100);
    running.kill('SIGKILL');
    await waitUntil('it to be ended', async () => !(await processes()).includes('cat /dev/zero'));
  });
});

describe('what is not run', () => {
  it.each([
    [['--replica', 'r9-zzz'], 'replica: There is no such replica now: there is r1-'],
    [['--container', 'other'], 'container: There is no such sidecar now: there is helper'],
    [['--', ''], 'command: begins with the name of a command'],
    [['--', 'x'.repeat(20_000)], 'command'],
  ])('%j is refused by its field', async (words, text) => {
    const ended = await cli.run(['exec', service, ...words]);
    expect(ended).toMatchObject({ code: exitCodes.failed, err: expect.stringContaining(text) });
  });

  it('is not for who may change everything but this', async () => {
    const { token } = await shop.client.createToken({ body: { kind: 'personal', name: 'writes', scopes: ['write'] } });
    const ended = await cli.with({ environment: { SCONCE_TOKEN: token } }).run(shell('true'));
    expect(ended).toMatchObject({ code: exitCodes.denied, err: expect.stringContaining('scope `exec`') });
  });

  it('says where a replica is frozen', async () => {
    const { id } = await replica();
    const docker = findDockerClient();
    execFileSync(docker, ['pause', id]);
    try {
      const ended = await cli.run(shell('true'));
      expect(ended).toMatchObject({ code: exitCodes.failed, err: expect.stringContaining('frozen') });
    } finally {
      execFileSync(docker, ['unpause', id]);
    }
  });
});

describe('the audit log', () => {
  it('says who ran what, where and from where', async () => {
    await cli.run(shell('echo "for the record"'));
    const { data } = await shop.client.listAuditEvents({ query: { action: 'createExec', limit: 1 } });
    const [row] = data as [AuditEvent];
    expect(row).toMatchObject({
      status: 201,
      address: expect.stringContaining('127.0.0.1'),
      userName: expect.any(String),
    });
    expect(row.data).toMatchObject({
      replica: (await replica()).name,
      container: null,
      command: ['sh', '-c', 'echo "for the record"'],
    });
    expect((await cli.run(['audit'])).out).toMatch(/createExec +svc_\w+ r1-\w+: sh -c 'echo "for the record"'/);
  });
});

describe('a restart', () => {
  it('of the scheduler ends what runs, with words; the next one runs', async () => {
    const { scheduler } = platform.processes;
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const running = cli.start(...shell(`echo begun; sleep 23${signal.length}0`));
      await waitUntil('it to begin', () => running.seen.out.includes('begun'));
      await scheduler.end(signal);
      expect(await running.ended).toMatchObject({
        code: exitCodes.failed,
        err: expect.stringMatching(signal === 'SIGTERM' ? /scheduler is stopping/ : /scheduler was restarted or lost/),
      });
      if (signal === 'SIGTERM') expect(await processes()).not.toContain(`sleep 23${signal.length}0`);
      const meanwhile = await cli.run(shell('true'));
      expect(meanwhile).toMatchObject({ code: exitCodes.failed, err: expect.stringContaining('scheduler') });
      await scheduler.start();
      await waitUntil('the next one', async () => (await cli.run(shell('echo again'))).out === 'again\n');
    }
  });

  it('of the API ends what runs, with words', async () => {
    const { api } = platform.processes;
    const running = cli.start(...shell('echo begun; sleep 2500'));
    await waitUntil('it to begin', () => running.seen.out.includes('begun'));
    await api.end('SIGTERM');
    expect(await running.ended).toMatchObject({
      code: exitCodes.failed,
      err: expect.stringContaining('the server stops'),
    });
    await api.start();
    await waitUntil('it to be ended', async () => !(await processes()).includes('sleep 2500'));
  });
});
