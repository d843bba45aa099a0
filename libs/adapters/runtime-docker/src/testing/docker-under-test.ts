import { join } from 'node:path';
import { silentLog, systemClock } from '@sconce/foundation';
import {
  behaveWithBusybox,
  besideWithBusybox,
  importBusyboxImage,
  type RuntimeUnderTest,
  temporaryDirectory,
  waitUntil,
} from '@sconce/testkit';
import Docker from 'dockerode';
import { createDockerRuntime, type DockerRuntime } from '../create-docker-runtime.ts';
import { label } from '../names.ts';
import { type EngineProxy, startEngineProxy } from './engine-proxy.ts';

export interface DockerUnderTest extends RuntimeUnderTest {
  readonly runtime: DockerRuntime;
  again(): DockerRuntime;
  readonly docker: Docker;
  readonly home: string;
  readonly image: string;
  readonly proxy: EngineProxy;
}

let made = 0;

/** The real engine of this machine, or the one at `engineSocket`, with a proxy before it that can be taken away. */
export async function makeDockerUnderTest(engineSocket = '/var/run/docker.sock'): Promise<DockerUnderTest> {
  made += 1;
  const home = `contract-${process.pid}-${made}`;
  const directory = temporaryDirectory('runtime');
  const dockerHost = engineSocket === '/var/run/docker.sock' ? null : `unix://${engineSocket}`;
  const image = await importBusyboxImage(`sconce-test-runtime:${home}`, dockerHost);
  const proxy = await startEngineProxy(join(directory.path, 'docker.sock'), engineSocket);
  const docker = new Docker({ socketPath: engineSocket });
  const started: DockerRuntime[] = [];
  const again = () => {
    const runtime = createDockerRuntime({
      engine: { socketPath: proxy.socketPath },
      home,
      clock: systemClock,
      log: silentLog,
      stateDirectory: join(directory.path, 'state'),
      // An engine of its own lies behind routes to all that it may choose from.
      ...(dockerHost === null ? {} : { routes: async () => '' }),
    });
    started.push(runtime);
    return runtime;
  };
  const runtime = again();
  return {
    runtime,
    again,
    docker,
    home,
    image: image.digest,
    proxy,
    behave: (target, behaviour) => behaveWithBusybox(target, { digest: image.digest, repository: null }, behaviour),
    beside: (name, behaviour) => besideWithBusybox(name, image.digest, behaviour),
    outside: {
      remove: async (id) => void (await docker.getContainer(id).remove({ force: true })),
      kill: async (id) => {
        const { State } = await docker.getContainer(id).inspect();
        process.kill(State.Pid, 'SIGKILL');
      },
      mute: async (id, isMuted) => {
        const container = docker.getContainer(id);
        await (isMuted ? container.pause() : container.unpause());
      },
    },
    setAway: (isAway) => proxy.setAway(isAway),
    now: () => performance.now(),
    waitUntil: (what, check, timeoutMs = 120_000) => waitUntil(what, check, timeoutMs),
    settle: (work) => work,
    async close() {
      for (const one of started) await one.stop();
      await removeAll(docker, home);
      await proxy.close();
      await image.remove();
      directory.remove();
    },
  };
}

/** What one of several runtimes of a test was just making when another put everything away. */
async function removeAll(docker: Docker, home: string): Promise<void> {
  const filters = { label: [`${label.home}=${home}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
}
