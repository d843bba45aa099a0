import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@sconce/foundation';
import { aReplicaTarget, temporaryDirectory } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerUnderTest, makeDockerUnderTest } from './testing/docker-under-test.ts';

let subject: DockerUnderTest;
const image = `sconce-test-runtime:no-shell-${process.pid}`;
const environment = { HOME: '/nonexistent', DOCKER_CONFIG: '/nonexistent' };
const docker = (args: readonly string[], input?: Uint8Array) =>
  run('docker', args, { env: environment, timeoutMs: 60_000, ...(input && { input }) });

beforeAll(async () => {
  subject = await makeDockerUnderTest();
});
afterAll(async () => {
  await subject?.close();
  await docker(['rmi', '--force', image]);
});

/** One program, under no name that a shell has. */
async function importOneProgram(): Promise<string> {
  const root = temporaryDirectory('no-shell');
  try {
    mkdirSync(join(root.path, 'app'));
    copyFileSync('/bin/busybox', join(root.path, 'app/busybox'));
    const { stdout } = await run('tar', ['-C', root.path, '-c', '.'], { env: {}, timeoutMs: 20_000 });
    return (await docker(['import', '-', image], stdout)).stdout.toString().trim();
  } finally {
    root.remove();
  }
}

describe('an image without a shell', () => {
  it('runs a command as it is, and says that there is no shell', async () => {
    const digest = await importOneProgram();
    const target = aReplicaTarget({
      image: { digest, repository: null },
      command: ['/app/busybox', 'httpd', '-f', '-p', '8000'],
    });
    await subject.runtime.apply(target);
    const replica = await subject.waitUntil('it to run', async () => {
      const [one] = await subject.runtime.observe(target.service);
      return one?.address && one;
    });
    const begin = (command: readonly string[]) =>
      subject.runtime.exec({ replica, sidecar: null, command, terminal: null });
    const running = await begin(['/app/busybox', 'echo', 'as it is']);
    let said = '';
    for await (const { bytes } of running.output) said += Buffer.from(bytes).toString();
    expect([said, await running.exitCode()]).toEqual(['as it is\n', 0]);
    await expect(begin([])).rejects.toMatchObject({ code: 'no_shell' });
    const left = await begin(['/app/busybox', 'cat']);
    await left.stop();
    const missing = await begin(['/app/nothing']);
    for await (const { bytes } of missing.output) said += Buffer.from(bytes).toString();
    expect(said).toContain('/app/nothing');
    expect(await missing.exitCode()).toBeGreaterThanOrEqual(126);
  });
});
