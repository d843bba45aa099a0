import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CommandFailed } from './command-failed.ts';
import { type RunOptions, run } from './run.ts';

const plain: RunOptions = { env: {}, timeoutMs: 60_000 };

/** Runs a script by node: tests need programs that misbehave in exact ways. */
const script = (source: string, options: Partial<RunOptions> = {}) =>
  run(process.execPath, ['-e', source], { ...plain, ...options });

const failureOf = (error: unknown) => (error instanceof CommandFailed ? error.failure : error);

/** True while a process with this pid runs (a zombie that nobody reaps has ended). */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/\) [ZX] /.test(stat);
}

describe('run', () => {
  it('answers stdout, stderr and the code', async () => {
    const result = await script('process.stdout.write("out"); process.stderr.write("err")');
    expect([result.stdout.toString(), result.stderr, result.code]).toEqual(['out', 'err', 0]);
  });

  it('hands arguments on as they are: nothing is a shell word', async () => {
    const words = ['$(touch /tmp/x)', '; rm', '`id`', "it's", 'a\nb', ''];
    const result = await run(
      process.execPath,
      ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...words],
      plain,
    );
    expect(JSON.parse(result.stdout.toString())).toEqual(words);
  });

  it('inherits nothing of the environment but a path to find commands', async () => {
    process.env.SCONCE_TEST_LEAK = 'leaked';
    const result = await script('console.log(JSON.stringify(Object.keys(process.env).sort()))', { env: { A: '1' } });
    delete process.env.SCONCE_TEST_LEAK;
    expect(JSON.parse(result.stdout.toString())).toEqual(['A', 'PATH']);
  });

  it('feeds input, and minds not when it is left unread', async () => {
    const echoed = await script('process.stdin.pipe(process.stdout)', { input: 'x'.repeat(300_000) });
    expect(echoed.stdout.length).toBe(300_000);
    await expect(script('process.exit(0)', { input: 'x'.repeat(3_000_000) })).resolves.toMatchObject({ code: 0 });
  });

  it('names the command, the code and the last lines of stderr of a failure', async () => {
    const failed = script('for (let i = 0; i < 5000; i++) console.error("line " + i); process.exitCode = 3');
    await expect(failed).rejects.toMatchObject({ name: 'CommandFailed', failure: 'exit_code', code: 3 });
    const error = await failed.catch((caught: CommandFailed) => caught);
    expect((error as CommandFailed).stderrTail).toMatch(/^line \d+\n[\s\S]*line 4999$/);
    expect((error as CommandFailed).stderrTail.length).toBeLessThanOrEqual(4096);
  });

  it('takes other exit codes as answers when told so', async () => {
    await expect(script('process.exit(1)', { okCodes: [0, 1] })).resolves.toMatchObject({ code: 1 });
  });

  it('tells a command that is not there from one that failed', async () => {
    expect(failureOf(await run('/no/such/command', [], plain).catch((e: unknown) => e))).toBe('not_started');
    expect(failureOf(await run('/bin/true', [], { ...plain, cwd: '/no/such' }).catch((e: unknown) => e))).toBe(
      'not_started',
    );
    const killed = await script('process.kill(process.pid, "SIGKILL")').catch((e: unknown) => e);
    expect(failureOf(killed)).toBe('killed');
  });

  it('ends a command that takes too long', async () => {
    const error = await script('setInterval(() => {}, 1000)', { timeoutMs: 300 }).catch((e: unknown) => e);
    expect(failureOf(error)).toBe('timed_out');
  });

  it('ends a command that writes without end', async () => {
    const endless = 'const b = "x".repeat(65536); (function f() { process.stdout.write(b, f) })()';
    const error = await script(endless, { maxOutputBytes: 1_000_000 }).catch((e: unknown) => e);
    expect(failureOf(error)).toBe('output_exceeded');
  });

  it('rejects with what a callback throws, and ends the command', async () => {
    const thrown = new Error('full');
    const onStdout = () => {
      throw thrown;
    };
    await expect(script('setInterval(() => console.log(1), 5)', { onStdout })).rejects.toBe(thrown);
  });

  it('leaves no process when aborted, also of children that ignore SIGTERM', async () => {
    const pids: number[] = [];
    const abort = new AbortController();
    const stubborn = 'process.on("SIGTERM", () => {}); console.log(process.pid); setInterval(() => {}, 1000)';
    const parent = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(stubborn)}], { stdio: "inherit" }); ${stubborn}`;
    const running = script(parent, {
      signal: abort.signal,
      killGraceMs: 100,
      onStdout: (chunk) => {
        pids.push(...Buffer.from(chunk).toString().trim().split('\n').map(Number));
        if (pids.length === 2) abort.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect(pids).toHaveLength(2);
    expect(await Promise.all(pids.map(isRunning))).toEqual([false, false]);
  });

  it('starts nothing when it is aborted already', async () => {
    const reason = new Error('too late');
    await expect(script('1', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('ends what a finished command left running in its group', async () => {
    const child = 'setInterval(() => {}, 1000)';
    const leaves = `const c = require("child_process").spawn(process.execPath, ["-e", "${child}"], { stdio: "ignore" }); console.log(c.pid); c.unref()`;
    const result = await script(leaves);
    const pid = Number(result.stdout.toString());
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});
