import { once } from 'node:events';
import { execChannels } from '@sconce/contract';
import type { ServiceId } from '@sconce/core';
import type { ExecRow } from '@sconce/db';
import { addCluster, createExec, openExec } from '@sconce/engine';
import { systemClock } from '@sconce/foundation';
import { execScripts, fakeEngine, fakeRuntime, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ExecLimits } from './exec/exec-server.ts';
import {
  type CrashableScheduler,
  type SchedulerWorld,
  schedulerWorld,
  type TestService,
} from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let scheduler: CrashableScheduler;
let service: TestService;
/** Of a cluster that was added. */
const lab = fakeEngine(systemClock);
beforeAll(async () => {
  world = await schedulerWorld();
  const openCluster = () => ({ runtime: fakeRuntime(lab), stop: async () => {} });
  scheduler = world.startScheduler({ openCluster });
  await waitUntil('the link port', () => scheduler.linkPort());
  world.gateway();
  service = await world.service();
  await world.isLive(service, await world.deploy(service));
});
afterAll(() => world.close());

const create = (command: readonly string[], change: object = {}): Promise<ExecRow> =>
  createExec(world.deps, {
    service: service.id,
    environment: service.environmentId,
    replica: null,
    container: null,
    command,
    terminal: null,
    tokenId: 'tok_test',
    ...change,
  });

interface Talk {
  readonly socket: WebSocket;
  readonly out: () => string;
  readonly texts: unknown[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

function open(id: string, ticket: string, at = scheduler): WebSocket {
  const headers = ticket === '' ? {} : { authorization: `Bearer ${ticket}` };
  return new WebSocket(`ws://127.0.0.1:${at.linkPort()}/execs/${id}`, { headers });
}

function talk(socket: WebSocket): Talk {
  let out = '';
  const texts: unknown[] = [];
  socket.on('error', () => {});
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) texts.push(JSON.parse(String(data)));
    else if (data[0] === execChannels.stdout) out += data.subarray(1).toString();
  });
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }));
  return { socket, texts, out: () => out, closed };
}

async function begin(command: readonly string[], at = scheduler): Promise<Talk & { readonly id: string }> {
  const exec = await create(command);
  const talking = talk(open(exec.id, await openExec(world.deps, exec), at));
  await waitUntil('it to begin', () => talking.texts.length > 0);
  return { ...talking, id: exec.id };
}

/** The status and words that are answered instead of an upgrade. */
async function refused(id: string, ticket: string, at = scheduler): Promise<[number, string]> {
  const socket = open(id, ticket, at);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return [response.statusCode, text];
}

const rowOf = async (id: string) =>
  (
    await world.rows<{ exit_code: number | null; reason: string | null; ended_at: Date | null }>(
      'SELECT exit_code, reason, ended_at FROM exec WHERE id = $1',
      [id],
    )
  )[0];
const ended = (id: string) => waitUntil('its end to be noted', async () => (await rowOf(id))?.ended_at && rowOf(id));
const runs = () => {
  const [replica] = [...world.engine.replicas.values()].filter(({ target }) => target.service.service === service.id);
  return replica?.container(null).running.size ?? 0;
};

describe('a command', () => {
  it('is run as it is written down, with what is sent as its input, and its end is told and noted', async () => {
    const { socket, out, texts, closed, id } = await begin(execScripts.echo);
    socket.send(Buffer.from('one'));
    socket.send(Buffer.from(' two'));
    socket.send('{"type":"end"}');
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(out()).toBe('one two');
    expect(texts).toEqual([{ type: 'started' }, { type: 'ended', exitCode: 0 }]);
    expect(await ended(id)).toMatchObject({ exit_code: 0, reason: null });
  });

  it('is not upset by messages that it does not know', async () => {
    const { socket, closed, out } = await begin(execScripts.echo);
    for (const text of ['', '{', '[]', 'null', '{"type":"resize","columns":0,"rows":"x"}', '{"type":"news"}'])
      socket.send(text);
    socket.send(Buffer.from('fine'));
    socket.send('{"type":"end"}');
    expect((await closed).code).toBe(1000);
    expect(out()).toBe('fine');
  });

  it('is run once, and for its ticket alone', async () => {
    const exec = await create(execScripts.outputs);
    const ticket = await openExec(world.deps, exec);
    await expect(openExec(world.deps, exec)).rejects.toMatchObject({ code: 'already_ended' });
    const other = await create(execScripts.outputs);
    const foreign = await openExec(world.deps, other);
    for (const wrong of ['', 'x', foreign, `${ticket}x`]) expect((await refused(exec.id, wrong))[0]).toBe(401);
    const { closed, texts } = talk(open(exec.id, ticket));
    await closed;
    expect(texts.at(-1)).toEqual({ type: 'ended', exitCode: 7 });
    expect((await refused(exec.id, ticket))[0]).toBe(401);
    const never = await create(execScripts.outputs);
    expect((await refused(never.id, ticket))[0]).toBe(401);
  });

  it('that comes too late is not opened', async () => {
    const exec = await create(execScripts.outputs);
    const late = { ...world.deps, clock: { ...world.deps.clock, now: () => Date.now() + 61_000 } };
    await expect(openExec(late, exec)).rejects.toMatchObject({ message: expect.stringContaining('within a minute') });
  });

  it('that cannot be run is refused in words', async () => {
    const gone = { replicaId: 'f'.repeat(64), serviceId: service.id as ServiceId };
    const exec = await create(['true']);
    await world.rows('UPDATE exec SET replica_id = $2 WHERE id = $1', [exec.id, gone.replicaId]);
    expect(await refused(exec.id, await openExec(world.deps, exec))).toEqual([409, 'The replica is gone.']);
    expect(await ended(exec.id)).toMatchObject({ exit_code: null, reason: 'The replica is gone.' });
    world.engine.setAway(true);
    try {
      const away = await create(['true']);
      expect(await refused(away.id, await openExec(world.deps, away))).toEqual([503, expect.stringContaining('away')]);
    } finally {
      world.engine.setAway(false);
    }
  });

  it('is run on the cluster that its environment is on', async () => {
    const kubeconfig = JSON.stringify({
      clusters: [{ name: 'a', cluster: { server: 'https://lab.example:6443' } }],
      users: [{ name: 'a', user: { token: 'one' } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    });
    const plain = { context: null, registry: 'registry.example', registryCredentials: null, gatewayCidrs: [] };
    const settings = { ...plain, podSecurity: 'restricted' as const, account: null, actor: null };
    await addCluster(world.deps, { name: 'lab', kubeconfig, ...settings });
    const there = await world.service();
    await world.rows(`UPDATE environment SET cluster = 'lab' WHERE id = $1`, [there.environmentId]);
    await world.isLive(there, await world.deploy(there));
    const exec = await create(execScripts.outputs, { service: there.id, environment: there.environmentId });
    expect(lab.replicas.has(exec.replicaId)).toBe(true);
    const { closed, texts } = talk(open(exec.id, await openExec(world.deps, exec)));
    expect((await closed).code).toBe(1000);
    expect(texts.at(-1)).toEqual({ type: 'ended', exitCode: 7 });
  });

  it('is ended when its caller leaves', async () => {
    const { socket, out, id } = await begin(execScripts.stubborn);
    await waitUntil('it to run', () => out() === 'begun\n' && runs() === 1);
    socket.terminate();
    expect(await ended(id)).toMatchObject({ reason: 'its caller left' });
    expect(runs()).toBe(0);
  });
});

describe('another scheduler, which does not lead', () => {
  const another = async (execLimits: ExecLimits) => {
    const second = world.startScheduler({ port: 0, execLimits });
    await waitUntil('its port', () => second.linkPort());
    return second;
  };

  it('runs commands as well, and ends them with words when it stops', async () => {
    const second = await another({ idleMs: 3_600_000, totalMs: 3_600_000 });
    const { closed, id } = await begin(execScripts.stubborn, second);
    await waitUntil('it to run', () => runs() === 1);
    await second.stop();
    expect(await closed).toEqual({ code: 1001, reason: 'Sconce: the scheduler is stopping' });
    expect(runs()).toBe(0);
    expect(await ended(id)).toMatchObject({ reason: 'the scheduler is stopping' });
  });

  it('runs none where that is switched off', async () => {
    const off = world.startScheduler({ port: 0, mayExec: false });
    await waitUntil('its port', () => off.linkPort());
    const exec = await create(execScripts.outputs);
    const answer = await refused(exec.id, await openExec(world.deps, exec), off);
    expect(answer).toEqual([409, expect.stringContaining('switched it off')]);
    await off.stop();
  });

  it('ends what says nothing, and what takes too long', async () => {
    const idle = await another({ idleMs: 300, totalMs: 3_600_000 });
    expect(await (await begin(execScripts.stubborn, idle)).closed).toEqual({
      code: 1011,
      reason: expect.stringMatching(/^Sconce: nothing passed for/),
    });
    const short = await another({ idleMs: 3_600_000, totalMs: 1_000 });
    const { socket, closed } = await begin(execScripts.echo, short);
    const typing = setInterval(() => socket.send(Buffer.from('x')), 20);
    expect(await closed).toEqual({ code: 1011, reason: expect.stringContaining('the longest that a command may run') });
    clearInterval(typing);
    await waitUntil('both to be ended', () => runs() === 0);
    await Promise.all([idle.stop(), short.stop()]);
  });
});
