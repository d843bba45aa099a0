import type { ExecRequest, ObservedReplica, ReplicaTarget, RunningExec } from '@sconce/ports';
import { expect, it } from 'vitest';
import { aServiceRef } from './a-replica-target.ts';
import { execScripts, floodBytes } from './exec-scripts.ts';
import type { Cases } from './runtime-contract.ts';

interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

async function readAll(running: RunningExec): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  for await (const { stream, bytes } of running.output) said[stream] += Buffer.from(bytes).toString('latin1');
  return { ...said, code: await running.exitCode() };
}

/** Reads until `text` was said. */
async function reader(running: RunningExec) {
  const output = running.output[Symbol.asyncIterator]();
  let said = '';
  return async (text: string | RegExp): Promise<string> => {
    while (said.search(text) < 0) {
      const { value, done } = await output.next();
      if (done) throw new Error(`It ended without saying ${text}: ${said}`);
      said += Buffer.from(value.bytes).toString('latin1');
    }
    const all = said;
    said = '';
    return all;
  };
}

/** Running commands in replicas. */
export function describeExecution({ current, aTarget, apply, untilReady, ofRelease }: Cases): void {
  const exec = async (replica: ObservedReplica, command: readonly string[], more: Partial<ExecRequest> = {}) => {
    const request = { replica, sidecar: null, command, terminal: null, ...more };
    return current().settle(current().runtime.exec(request));
  };
  const run = async (replica: ObservedReplica, command: readonly string[], more: Partial<ExecRequest> = {}) => {
    const running = await exec(replica, command, more);
    running.end();
    return current().settle(readAll(running));
  };
  const aReplica = async (target: ReplicaTarget = aTarget()): Promise<ObservedReplica> => {
    await apply(target);
    const [replica] = await untilReady(target);
    return replica ?? expect.fail('no replica');
  };

  it('runs a command in a replica: both outputs, and how it ended', async () => {
    const replica = await aReplica();
    expect(await run(replica, execScripts.outputs)).toEqual({ stdout: 'out\n', stderr: 'err\n', code: 7 });
    const missing = await run(replica, execScripts.missing);
    expect(missing).toMatchObject({ stdout: '', stderr: expect.stringContaining('not found'), code: 127 });
  });

  it('hands over its input to the end, byte for byte', async () => {
    const replica = await aReplica();
    const running = await exec(replica, execScripts.echo);
    const sent = Buffer.alloc(3 * 1024 * 1024);
    for (let at = 0; at < sent.length; at += 1) sent[at] = (at * 7) % 256;
    const reading = current().settle(readAll(running));
    for (let at = 0; at < sent.length; at += 65_000) await running.write(sent.subarray(at, at + 65_000));
    running.end();
    const { stdout, code } = await reading;
    expect(code).toBe(0);
    expect(Buffer.from(stdout, 'latin1').equals(sent)).toBe(true);
  });

  it('is a shell where no command is named', async () => {
    const running = await exec(await aReplica(), []);
    await running.write(Buffer.from('echo $((6 * 7)); exit 5\n'));
    expect(await current().settle(readAll(running))).toMatchObject({ stdout: '42\n', code: 5 });
  });

  it('has a terminal of the size that is wanted, and of another later', async () => {
    const running = await exec(await aReplica(), execScripts.size, { terminal: { columns: 120, rows: 40 } });
    const until = await reader(running);
    // A size that is set while the terminal is made may come a moment after its first process.
    await current().waitUntil('its first size', async () => {
      await running.write(Buffer.from('\n'));
      return (await until(/\d+ \d+\r\n/)).includes('40 120');
    });
    await running.resize({ columns: 81, rows: 25 });
    await current().waitUntil('its next size', async () => {
      await running.write(Buffer.from('\n'));
      return (await until(/\d+ \d+\r\n/)).includes('25 81');
    });
    await current().settle(running.stop());
  });

  it('ends a command with all that it began, also where it does not care', async () => {
    const replica = await aReplica();
    const running = await exec(replica, execScripts.stubborn);
    const until = await reader(running);
    await until('begun');
    expect((await run(replica, execScripts.processes)).stdout).toContain('sleep 98765');
    await current().settle(running.stop());
    expect((await run(replica, execScripts.processes)).stdout).not.toContain('sleep 98765');
    await current().settle(running.stop());
  });

  it('holds a command back whose output nobody reads, and loses nothing of it', async () => {
    const replica = await aReplica();
    const running = await exec(replica, execScripts.flood);
    for (let look = 0; look < 8; look += 1)
      expect([look, await run(replica, execScripts.isDone)]).toMatchObject([look, { code: 1 }]);
    let bytes = 0;
    for await (const one of running.output) bytes += one.bytes.length;
    expect(bytes).toBe(floodBytes);
    expect((await run(replica, execScripts.isDone)).code).toBe(0);
  });

  it('runs in a sidecar as well, and says which there are', async () => {
    const target = aTarget({ kind: 'serves' }, { sidecars: [current().beside('cache', { kind: 'never_ready' })] });
    const replica = await aReplica(target);
    expect((await run(replica, execScripts.first)).stdout).toContain('httpd');
    expect((await run(replica, execScripts.first, { sidecar: 'cache' })).stdout).not.toContain('httpd');
    await expect(exec(replica, ['true'], { sidecar: 'other' })).rejects.toMatchObject({
      name: 'ExecRefused',
      code: 'no_such_container',
      message: expect.stringContaining('cache'),
    });
  });

  it('refuses where nothing runs: another service’s replica, one that is gone, one that has ended', async () => {
    const target = aTarget();
    const replica = await aReplica(target);
    const foreign = { service: aServiceRef().service, id: replica.id };
    await expect(exec(replica, ['true'], { replica: foreign })).rejects.toMatchObject({ code: 'replica_gone' });
    const unknown = { service: replica.service, id: 'f'.repeat(64) };
    await expect(exec(replica, ['true'], { replica: unknown })).rejects.toMatchObject({ code: 'replica_gone' });
    const broken = aTarget({ kind: 'crashes', exitCode: 3 });
    await apply(broken);
    const ended = await current().waitUntil('it to have ended twice', async () => {
      const [one] = await ofRelease(broken);
      return one && one.restarts >= 2 && one.health === 'exited' && one;
    });
    await expect(exec(ended, ['true'])).rejects.toMatchObject({ code: 'not_running' });
  });
}
