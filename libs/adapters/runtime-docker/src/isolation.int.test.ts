import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type RunResult, run } from '@sconce/foundation';
import type { ReplicaTarget } from '@sconce/ports';
import { aReplicaTarget, aServiceRef, nextRelease, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerRuntime } from './create-docker-runtime.ts';
import { networkName } from './names.ts';
import { type DockerUnderTest, makeDockerUnderTest } from './testing/docker-under-test.ts';
import { canConnect, execIn, isCutOff } from './testing/exec-in.ts';

const command = (name: string, args: readonly string[]): Promise<RunResult> =>
  run(name, args, { env: {}, timeoutMs: 240_000 });
const iptables = (...args: string[]) => command('iptables', ['-w', '60', ...args]);

let subject: DockerUnderTest;
const targets: ReplicaTarget[] = [];

beforeAll(async () => {
  subject = await makeDockerUnderTest();
});
afterAll(async () => {
  for (const { service } of targets) await subject.runtime.removeEnvironment(service.environment, true);
  await subject.close();
});

async function started(
  change: Partial<ReplicaTarget> = {},
): Promise<{ readonly target: ReplicaTarget; readonly id: string; readonly host: string }> {
  const target = subject.behave(aReplicaTarget(change), { kind: 'serves' });
  targets.push(target);
  await subject.runtime.apply(target);
  const replica = await waitUntil('it to be ready', async () => {
    const [one] = await subject.runtime.observe(target.service);
    return one?.health === 'ready' && one;
  });
  return { target, id: replica.id, host: replica.address?.host ?? '' };
}

/** A container as anybody on this machine would start it: shows that what a replica cannot reach is there to be reached. */
async function anyContainer(): Promise<{ readonly id: string; remove(): Promise<void> }> {
  const container = await subject.docker.createContainer({ Image: subject.image, Cmd: ['sleep', '1000'] });
  await container.start();
  return { id: container.id, remove: async () => void (await container.remove({ force: true })) };
}

/** By the engine's own name server; a static busybox cannot use the C library's resolver. */
async function resolveIn(id: string, name: string): Promise<readonly string[]> {
  const { output } = await execIn(subject.docker, id, `nslookup -type=a ${name} 127.0.0.11`);
  return [...(output.split('Name:')[1] ?? '').matchAll(/Address(?: \d+)?: (\S+)/g)].map((match) => match[1] ?? '');
}

describe('services of one environment', () => {
  it('reach each other by name, and those of another not at all', async () => {
    const web = await started();
    const model = await started({
      service: aServiceRef({ environment: web.target.service.environment, serviceSlug: 'model' }),
    });
    const stranger = await started({ service: aServiceRef({ serviceSlug: 'stranger' }) });
    const named = await waitUntil('names to lead there', async () => {
      const [ofModel, ofWeb] = [await resolveIn(web.id, 'model'), await resolveIn(model.id, 'web')];
      return ofModel.length === 1 && ofWeb.length === 1 && { model: ofModel[0] ?? '', web: ofWeb[0] ?? '' };
    });
    expect(await resolveIn(web.id, 'stranger')).toEqual([]);
    expect(await canConnect(subject.docker, web.id, named.model, 8000)).toBe(true);
    expect(await isCutOff(subject.docker, stranger.id, named.web, 8000)).toBe(true);
    const request = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 20 ${named.model} 8000`;
    expect((await execIn(subject.docker, web.id, request)).output).toMatch(/200 OK[\s\S]*ok\n$/);
    expect(await canConnect(subject.docker, web.id, model.host, 8000)).toBe(true);
    expect(await isCutOff(subject.docker, web.id, stranger.host, 8000)).toBe(true);
    expect(await isCutOff(subject.docker, stranger.id, web.host, 8000)).toBe(true);
    // The host, and so the gateway, reaches all of them.
    const answer = await fetch(`http://${stranger.host}:8000/`);
    expect(await answer.text()).toBe('ok\n');
  });
});

describe('the host', () => {
  let listener: Server;
  let port: number;
  beforeAll(async () => {
    listener = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
    port = (listener.address() as { port: number }).port;
  });
  afterAll(() => new Promise<void>((resolve) => void listener.close(() => resolve())));

  async function hostAddresses(environment: ReplicaTarget['service']['environment']): Promise<readonly string[]> {
    const { IPAM } = await subject.docker.getNetwork(networkName(environment)).inspect();
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    const outer = own.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
    return [...new Set([IPAM?.Config?.[0]?.Gateway ?? '', ...outer])];
  }

  it('cannot be reached from a replica at any of its addresses, though it listens on 0.0.0.0', async () => {
    const { target, id } = await started();
    const other = await anyContainer();
    try {
      const addresses = await hostAddresses(target.service.environment);
      expect(addresses.length).toBeGreaterThanOrEqual(2);
      const cutOff = await Promise.all(addresses.map((address) => isCutOff(subject.docker, id, address, port)));
      expect(cutOff).toEqual(addresses.map(() => true));
      const usual = await Promise.all(addresses.map((address) => canConnect(subject.docker, other.id, address, port)));
      expect(usual).toContain(true);
    } finally {
      await other.remove();
    }
    expect(subject.runtime.warnings()).toEqual([]);
  });

  it('is closed off again after somebody took the rules away, once the engine comes back', async () => {
    const { target, id } = await started();
    const [gateway = ''] = await hostAddresses(target.service.environment);
    await iptables('-D', 'INPUT', '-i', 'scn+', '-j', 'SCONCE-HOST');
    await iptables('-D', 'SCONCE-HOST', '2');
    try {
      expect(await canConnect(subject.docker, id, gateway, port)).toBe(true);
    } finally {
      await subject.setAway(true);
      await subject.setAway(false);
    }
    await waitUntil('the rules to stand again', () => isCutOff(subject.docker, id, gateway, port));
    expect((await iptables('-S', 'SCONCE-HOST')).stdout.toString().trim().split('\n')).toEqual([
      '-N SCONCE-HOST',
      '-A SCONCE-HOST -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A SCONCE-HOST -j DROP',
    ]);
  });

  it('sets its rules once, however many set them', async () => {
    await Promise.all(
      Array.from({ length: 3 }, () =>
        subject.again().apply(subject.behave(aReplicaTarget({ replicas: 0 }), { kind: 'serves' })),
      ),
    );
    const { target } = await started();
    await subject.again().apply(nextRelease(target));
    const input = (await iptables('-S', 'INPUT')).stdout.toString();
    expect(input.split('\n').filter((line) => line.includes('SCONCE-HOST'))).toHaveLength(1);
  });

  it('says so once where rules cannot be set, and runs replicas all the same', async () => {
    const said: string[] = [];
    const log = {
      debug() {},
      info() {},
      error() {},
      warn: (_: object, message: string) => void said.push(message),
      child: () => log,
    };
    const runtime = createDockerRuntime({
      engine: { socketPath: subject.proxy.socketPath },
      home: subject.home,
      clock: { now: Date.now, sleep: () => new Promise(() => undefined) },
      log,
      stateDirectory: null,
      run: async () => ({ code: 4, stdout: Buffer.from(''), stderr: 'iptables: Permission denied (you must be root)' }),
    });
    const target = subject.behave(aReplicaTarget(), { kind: 'serves' });
    targets.push(target);
    await runtime.apply(target);
    await runtime.apply({ ...target, replicas: 2 });
    expect(runtime.warnings()).toEqual([expect.stringContaining('Permission denied')]);
    expect(said.filter((message) => message.includes('firewall'))).toHaveLength(1);
    await runtime.stop();
  });
});

/** Addresses that are not on this machine, played by a network namespace of its own. */
describe('the world outside', () => {
  const space = `sconce-test-${process.pid}`;
  const outside = '198.51.100.2';
  const metadata = '169.254.169.254';
  const port = 8123;
  const server = new AbortController();

  beforeAll(async () => {
    const ip = (...args: string[]) => command('ip', args);
    await ip('netns', 'add', space);
    await ip('link', 'add', 'sct0', 'type', 'veth', 'peer', 'name', 'sct1', 'netns', space);
    await ip('addr', 'add', '198.51.100.1/24', 'dev', 'sct0');
    await ip('link', 'set', 'sct0', 'up');
    for (const address of [`${outside}/24`, `${metadata}/32`])
      await ip('-n', space, 'addr', 'add', address, 'dev', 'sct1');
    for (const link of ['sct1', 'lo']) await ip('-n', space, 'link', 'set', link, 'up');
    await ip('-n', space, 'route', 'add', 'default', 'via', '198.51.100.1');
    await ip('route', 'add', `${metadata}/32`, 'via', outside);
    const serving = run(
      'ip',
      ['netns', 'exec', space, '/bin/busybox', 'httpd', '-f', '-p', String(port), '-h', '/tmp'],
      {
        env: {},
        timeoutMs: 3_600_000,
        signal: server.signal,
      },
    );
    serving.catch(() => undefined);
    await waitUntil('the outside to serve', async () => (await fetch(`http://${metadata}:${port}/`)).status > 0);
  });
  afterAll(async () => {
    server.abort();
    await command('ip', ['netns', 'del', space]);
  });

  it('can be reached, but for the metadata of clouds', async () => {
    const { id } = await started();
    const other = await anyContainer();
    try {
      expect(await canConnect(subject.docker, other.id, outside, port)).toBe(true);
      expect(await canConnect(subject.docker, other.id, metadata, port)).toBe(true);
      expect(await canConnect(subject.docker, id, outside, port)).toBe(true);
      expect(await isCutOff(subject.docker, id, metadata, port)).toBe(true);
    } finally {
      await other.remove();
    }
  });
});
