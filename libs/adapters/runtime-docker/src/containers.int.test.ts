import type { EnvironmentId } from '@sconce/core';
import { silentLog, systemClock } from '@sconce/foundation';
import type { ReplicaTarget } from '@sconce/ports';
import { aReplicaTarget, aServiceRef, nextRelease, type ReplicaBehaviour, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeContainer } from './containers/make-container.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';
import { containerName, label, replicaName, volumeName } from './names.ts';
import { type DockerUnderTest, makeDockerUnderTest } from './testing/docker-under-test.ts';
import { execIn } from './testing/exec-in.ts';

let subject: DockerUnderTest;
const targets: ReplicaTarget[] = [];

beforeAll(async () => {
  subject = await makeDockerUnderTest();
});
afterAll(async () => {
  for (const { service } of targets) await subject.runtime.removeEnvironment(service.environment, true);
  await subject.close();
});

function aTarget(change: Partial<ReplicaTarget> = {}, behaviour: ReplicaBehaviour = { kind: 'serves' }): ReplicaTarget {
  const target = subject.behave(aReplicaTarget(change), behaviour);
  targets.push(target);
  return target;
}

const ready = (target: ReplicaTarget, runtime = subject.runtime) =>
  waitUntil('it to be ready', async () => {
    const replicas = await runtime.observe(target.service);
    const [one] = replicas.filter(({ release, health }) => release === target.release && health === 'ready');
    return one;
  });

async function started(change: Partial<ReplicaTarget> = {}, behaviour: ReplicaBehaviour = { kind: 'serves' }) {
  const target = aTarget(change, behaviour);
  await subject.runtime.apply(target);
  const replica = await ready(target);
  return { target, replica, inside: (line: string) => execIn(subject.docker, replica.id, line) };
}

/** As a person would: what is on them first. A sandbox may just be made ready in between. */
async function removeNetworks(environment: EnvironmentId): Promise<void> {
  const { docker, home } = subject;
  const mine = [`${label.home}=${home}`, `${label.environment}=${environment}`];
  await waitUntil('the networks to be gone', async () => {
    const filters = { label: [...mine, `${label.kind}=sandbox`] };
    const sandboxes = await docker.listContainers({ all: true, filters });
    await Promise.all(sandboxes.map(({ Id }) => docker.getContainer(Id).remove({ force: true })));
    const networks = await docker.listNetworks({ filters: { label: mine } });
    await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove()));
    return (await docker.listNetworks({ filters: { label: mine } })).length === 0;
  });
}

describe('a replica', () => {
  it('has none of the powers that reach outside', async () => {
    const { inside } = await started({ resources: { cpuMilli: 500, memoryMiB: 128, gpu: null } });
    const status = (await inside('cat /proc/self/status')).output;
    expect(status).toContain('NoNewPrivs:\t1');
    // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID (0-1, 3-7) and NET_BIND_SERVICE (10).
    expect(/CapEff:\t(\w+)/.exec(status)?.[1]).toBe((0b100_1111_1011).toString(16).padStart(16, '0'));
    for (const line of [
      'mount -t tmpfs none /tmp',
      'mknod /tmp/disk b 8 0',
      'ping -c 1 -W 1 127.0.0.1',
      'echo 1 > /proc/sys/kernel/panic',
      'chroot / true',
    ]) {
      expect(await inside(line), line).not.toMatchObject({ code: 0 });
    }
    expect((await inside('ls -d /var/run/docker.sock /run/docker.sock')).code).not.toBe(0);
    expect((await inside('df -k /dev/shm')).output).toContain(' 65536 ');
    expect(
      (await inside('cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max')).output,
    ).toContain(String(128 * 1024 * 1024));
  });

  it('has what an ordinary image needs: ports below 1024, other owners, other users', async () => {
    const { inside } = await started();
    const lines = [
      'echo x > /tmp/file && chown 33:33 /tmp/file && chmod 600 /tmp/file && cat /tmp/file',
      '(httpd -f -p 80 -h /tmp & sleep 0.2; kill $!)',
      'httpd -u 33:33 -p 81 -h /tmp',
    ];
    for (const line of lines) expect(await inside(line), line).toMatchObject({ code: 0 });
    expect(
      (await inside('grep -l "httpd.*81" /proc/[0-9]*/cmdline | head -n 1 | sed s/cmdline/status/ | xargs grep Uid'))
        .output,
    ).toContain('33\t33\t33\t33');
  });

  it('gets its variables byte for byte, and its own name', async () => {
    const values = { PEM: '-----BEGIN-----\nabc\n-----END-----\n', QUOTES: `'"$(id)\`\\`, EMPTY: '', UNICODE: 'ü😀' };
    const { inside, replica } = await started({ environmentVariables: values });
    for (const [name, value] of Object.entries(values)) {
      expect((await inside(`printf %s "$${name}"`)).output).toBe(value);
    }
    expect((await inside('printf %s "$SCONCE_REPLICA"')).output).toBe(replica.name);
    expect((await inside('hostname')).output.trim()).toMatch(/^web-[0-9a-z]{6}$/);
    expect((await inside('grep "$(hostname)$" /etc/hosts')).code).toBe(0);
  });

  it('cannot fill the machine with processes', async () => {
    const { replica } = await started();
    const { HostConfig } = await subject.docker.getContainer(replica.id).inspect();
    expect(HostConfig.PidsLimit).toBe(4_096);
    expect(HostConfig.LogConfig).toEqual({ Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } });
    expect(HostConfig).toMatchObject({
      Privileged: false,
      PidMode: '',
      NetworkMode: expect.stringMatching(/^container:/),
    });
  });

  it('finishes the request it has begun when it is retired', async () => {
    const { target, replica } = await started({ stopTimeoutMs: 60_000 }, { kind: 'serves', finishMs: 8_000 });
    const url = `http://${replica.address?.host}:${replica.address?.port}/cgi-bin/slow`;
    const answer = fetch(url).then((response) => response.text());
    await waitUntil('the request to run', async () =>
      (await execIn(subject.docker, replica.id, 'ps')).output.includes('cgi-bin/slow'),
    );
    const retired = subject.runtime.retire({ service: target.service, release: target.release });
    expect(await answer).toBe('finished');
    await retired;
  });

  it('is refused with a reason when it can never start', async () => {
    const gone = { ...aTarget(), image: { digest: `sha256:${'ab'.repeat(32)}`, repository: null } };
    await expect(subject.runtime.apply(gone)).rejects.toMatchObject({
      reason: 'image_missing',
      message: expect.stringContaining('not on this machine'),
    });
    const unpullable = { ...aTarget(), image: { digest: `sha256:${'ab'.repeat(32)}`, repository: 'localhost:1/none' } };
    await expect(subject.runtime.apply(unpullable)).rejects.toMatchObject({ reason: 'image_pull_failed' });
  });
});

it('says what is wrong with a command that is not in the image', async () => {
  const target = { ...aTarget(), command: ['no-such-command', '--flag'] };
  await subject.runtime.apply(target);
  const seen = await waitUntil('its end', async () => {
    const [replica] = await subject.runtime.observe(target.service);
    return replica?.exitCode === 127 && replica;
  });
  expect(seen).toMatchObject({ reason: 'crash_loop', message: expect.stringContaining('command not found') });
});

describe('volumes', () => {
  it('outlive releases, belong to their environment and go only when asked', async () => {
    const volumes = [{ name: 'data', path: '/data', sizeMiB: null }];
    const first = await started({ volumes });
    await first.inside('echo kept > /data/file');
    await subject.runtime.retire({ service: first.target.service, release: first.target.release });
    const second = nextRelease(first.target);
    await subject.runtime.apply(second);
    const { id } = await ready(second);
    expect((await execIn(subject.docker, id, 'cat /data/file')).output).toBe('kept\n');
    const elsewhere = await started({ volumes });
    expect((await elsewhere.inside('cat /data/file')).code).not.toBe(0);

    const { environment } = first.target.service;
    const volume = () => subject.docker.getVolume(volumeName(environment, 'data')).inspect();
    await subject.runtime.removeEnvironment(environment, false);
    expect(await volume()).toMatchObject({
      Labels: { 'sconce.home': subject.home, 'sconce.environment': environment },
    });
    expect(await subject.runtime.environments()).toContain(environment);
    await subject.runtime.removeEnvironment(environment, true);
    await expect(volume()).rejects.toMatchObject({ statusCode: 404 });
    expect(await subject.runtime.environments()).not.toContain(environment);
  });
});

describe('what a crash or a person left', () => {
  it('a container that was made but not started is started', async () => {
    const target = aTarget();
    await subject.runtime.apply({ ...target, replicas: 0 });
    await subject.runtime.apply(target);
    const [before] = await subject.runtime.observe(target.service);
    const { Config } = await subject.docker.getContainer(before?.id ?? '').inspect();
    await subject.docker.getContainer(before?.id ?? '').remove({ force: true });
    const sandbox = Config.Labels[label.sandbox] ?? '';
    const place = { home: subject.home, slot: 0, sandbox, gpus: [], hasInit: true, seccomp: null };
    const made = await subject.docker.createContainer(makeContainer(target, place));
    expect(await subject.runtime.observe(target.service)).toMatchObject([
      { id: made.id, health: 'starting', startedAt: null, address: null },
    ]);
    await subject.runtime.apply(target);
    expect((await ready(target)).id).toBe(made.id);
  });

  it('a stopped one is started, also when its network is another by now', async () => {
    const { target, replica } = await started();
    await subject.docker.getContainer(replica.id).stop({ t: 0 });
    await waitUntil(
      'it to be seen',
      async () => (await subject.runtime.observe(target.service))[0]?.health === 'exited',
    );
    await subject.runtime.apply(target);
    expect((await ready(target)).id).toBe(replica.id);

    await subject.docker.getContainer(replica.id).stop({ t: 0 });
    await removeNetworks(target.service.environment);
    await subject.runtime.apply(target);
    await ready(target);
    expect(await subject.runtime.observe(target.service)).toHaveLength(1);
  });

  it('a network that is gone is made again for the next release', async () => {
    const { target } = await started();
    await subject.runtime.retire({ service: target.service, release: target.release });
    await removeNetworks(target.service.environment);
    const next = nextRelease(target);
    await subject.runtime.apply(next);
    await ready(next);
  });

  it('a foreign container with the name of a replica is left alone', async () => {
    const target = aTarget();
    const name = containerName(target.service, replicaName(target.releaseNumber, target.release, 0));
    const foreign = await subject.docker.createContainer({ name, Image: subject.image, Cmd: ['sleep', '1000'] });
    try {
      await Promise.all([subject.runtime.apply(target), subject.again().apply(target)]);
      await ready(target);
      expect(await subject.runtime.observe(target.service)).toHaveLength(1);
      await subject.runtime.removeEnvironment(target.service.environment, true);
      expect((await foreign.inspect()).Name).toBe(`/${name}`);
    } finally {
      await foreign.remove({ force: true });
    }
  });

  it('another installation on the same engine is never touched', async () => {
    const other = await makeDockerUnderTest();
    const target = aTarget();
    const theirs = { ...target, service: aServiceRef(), image: { digest: other.image, repository: null } };
    try {
      await subject.runtime.apply(target);
      await other.runtime.apply(theirs);
      await Promise.all([ready(target), ready(theirs, other.runtime)]);
      expect(await other.runtime.services()).toEqual([theirs.service.service]);
      expect(await subject.runtime.services()).not.toContain(theirs.service.service);
      expect(await other.runtime.observe(target.service)).toEqual([]);
      await other.runtime.removeEnvironment(target.service.environment, true);
      await other.runtime.removeService(target.service.service);
      await other.runtime.retire({ service: target.service, release: target.release });
      expect(await subject.runtime.observe(target.service)).toMatchObject([{ health: 'ready' }]);
    } finally {
      await other.runtime.removeEnvironment(theirs.service.environment, true);
      await other.close();
    }
  });
});

describe('probing', () => {
  it('is not held up by a replica that hangs', async () => {
    // Who waited for the one that hangs would wait longer than this test may.
    const slow = { path: '/', startupTimeoutMs: 60_000, periodMs: 200, timeoutMs: 600_000, failureThreshold: 3 };
    const hanging = await started({ probe: slow });
    await subject.outside.mute(hanging.replica.id, true);
    await started({ probe: slow });
    await subject.outside.mute(hanging.replica.id, false);
  });

  it('notices readiness of what starts without waiting for its period', async () => {
    const probe = { path: '/', startupTimeoutMs: 600_000, periodMs: 300_000, timeoutMs: 60_000, failureThreshold: 3 };
    const hint = Promise.withResolvers<void>();
    const abort = new AbortController();
    const target = aTarget({ probe }, { kind: 'serves', afterMs: 300 });
    const watching = subject.runtime.watch(async (service) => {
      const [replica] = service === target.service.service ? await subject.runtime.observe(target.service) : [];
      if (replica?.health === 'ready') hint.resolve();
    }, abort.signal);
    const startedAt = performance.now();
    await subject.runtime.apply(target);
    await hint.promise;
    expect(performance.now() - startedAt).toBeLessThan(probe.periodMs / 3);
    abort.abort();
    await watching;
  });

  it('takes a replica that has been ready for ready, in a new process and while it is busy', async () => {
    const target = aTarget({
      probe: { path: '/', startupTimeoutMs: 60_000, periodMs: 3_000, timeoutMs: 3_000, failureThreshold: 3 },
    });
    await subject.runtime.apply(target);
    const before = await ready(target);
    await subject.outside.mute(before.id, true);
    const fresh = subject.again();
    expect(await fresh.observe(target.service)).toMatchObject([{ id: before.id, health: 'ready' }]);
    const unknowing = createDockerRuntime({
      engine: { socketPath: subject.proxy.socketPath },
      home: subject.home,
      clock: systemClock,
      log: silentLog,
      stateDirectory: null,
    });
    expect(await unknowing.observe(target.service)).toMatchObject([{ id: before.id, health: 'starting' }]);
    await waitUntil(
      'it to be found unready',
      async () => (await fresh.observe(target.service))[0]?.health === 'unready',
    );
    await subject.outside.mute(before.id, false);
    await waitUntil(
      'it to be ready again',
      async () => (await unknowing.observe(target.service))[0]?.health === 'ready',
    );
    await unknowing.stop();
  });

  it('knows at the first look of a new process what is ready', async () => {
    const { target, replica } = await started();
    const fresh = createDockerRuntime({
      engine: { socketPath: subject.proxy.socketPath },
      home: subject.home,
      clock: systemClock,
      log: silentLog,
      stateDirectory: null,
    });
    expect(await fresh.observe(target.service)).toMatchObject([{ id: replica.id, health: 'ready' }]);
    await fresh.stop();
  });
});

describe('an engine that hangs', () => {
  it('is RuntimeUnavailable after the time limit, and is followed again when it comes back', async () => {
    const { target } = await started();
    subject.proxy.setHanging(true);
    const before = performance.now();
    await expect(subject.runtime.observe(target.service)).rejects.toMatchObject({ name: 'RuntimeUnavailable' });
    expect(performance.now() - before).toBeGreaterThan(9_000);
    subject.proxy.setHanging(false);
    await ready(target);
  });
});
