import { Readable } from 'node:stream';
import { RuntimeUnavailable } from '@sconce/ports';
import Docker from 'dockerode';
import { workingSetMiB } from '../usage/cgroup-usage.ts';
import { toEngineError } from './engine-errors.ts';
import { type ExecCalls, execCalls } from './exec-calls.ts';

/** How long each kind of call may take; past it the engine counts as away. */
const timeoutMs = { read: 10_000, create: 60_000, start: 120_000, remove: 60_000, network: 60_000, pull: 1_800_000 };

/** Seconds; the SDK's types do not know it. */
export type ContainerFacts = Docker.ContainerInspectInfo & { readonly Config: { readonly StopTimeout?: number } };
export type ContainerListing = Docker.ContainerInfo;
export type EngineInfo = {
  readonly name: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly rootDirectory: string;
  readonly hasInit: boolean;
  /** It filters system calls by the list that it has built in, and takes another one for a container. */
  readonly hasOwnSeccomp: boolean;
  readonly isRootless: boolean;
  readonly operatingSystem: string;
  /** As the kernel calls it: `x86_64`, `aarch64`. */
  readonly architecture: string;
};

/**
 * The container engine's calls that this runtime uses, each with a time limit. Throws `RuntimeUnavailable` when the engine is
 * away and `EngineRefused` when it says no.
 */
export interface Engine extends ExecCalls {
  info(): Promise<EngineInfo>;
  listContainers(labels: readonly string[]): Promise<readonly ContainerListing[]>;
  /** Processor time so far and memory without what is only cached, of a running container. */
  containerUsage(id: string): Promise<{ readonly cpuMs: number; readonly memoryMiB: number }>;
  /** By id or name. */
  inspectContainer(id: string): Promise<ContainerFacts>;
  createContainer(options: Docker.ContainerCreateOptions): Promise<string>;
  /** Fine when it runs already. */
  startContainer(id: string): Promise<void>;
  /** SIGTERM, then SIGKILL after the container's own stop timeout. Fine when it does not run. */
  stopContainer(id: string, stopTimeoutMs: number): Promise<void>;
  /** With its anonymous volumes; named ones stay. */
  removeContainer(id: string): Promise<void>;
  pullImage(reference: string): Promise<void>;
  /** Makes an image of a tar archive of its files. `name` has a tag: `sconce-sandbox:1f2e`. */
  importImage(archive: Buffer, name: string): Promise<void>;
  listNetworks(labels: readonly string[]): Promise<readonly Docker.NetworkInspectInfo[]>;
  createNetwork(options: Docker.NetworkCreateOptions): Promise<void>;
  removeNetwork(name: string): Promise<void>;
  /** Puts a running container on a further network, where it answers to these names. Fine when it is on it already. */
  connectNetwork(name: string, container: string, aliases: readonly string[]): Promise<void>;
  listVolumes(labels: readonly string[]): Promise<readonly Docker.VolumeInspectInfo[]>;
  removeVolume(name: string): Promise<void>;
  /** Newline-separated JSON of container events, until the signal aborts or the engine goes. */
  containerEvents(labels: readonly string[], signal: AbortSignal): Promise<Readable>;
  /** Frames of both outputs with timestamps, from `since` (`seconds.nanoseconds`) on. */
  followLogs(id: string, since: string | null, signal: AbortSignal): Promise<Readable>;
  /** The frame of the last message there is; empty without one. */
  lastLogMessage(id: string): Promise<Buffer>;
}

export function createEngine(address: Docker.DockerOptions): Engine {
  const docker = new Docker(address);
  const container = (id: string) => docker.getContainer(id);
  const read = <T>(attempt: string, work: Work<T>) => call(attempt, timeoutMs.read, freshly(work));
  const short = (id: string) => (/^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id);
  return {
    info: () => read('asking the engine about itself', async () => toInfo(await docker.info())),
    listContainers: (labels) =>
      read('listing containers', (abortSignal) =>
        docker.listContainers({ all: true, filters: { label: [...labels] }, abortSignal }),
      ),
    lastLogMessage: (id) =>
      read(`reading the end of the log of container ${short(id)}`, (abortSignal) =>
        container(id).logs({ follow: false, tail: 1, stdout: true, stderr: true, timestamps: true, abortSignal }),
      ),
    inspectContainer: (id) =>
      read(`looking at container ${short(id)}`, (abortSignal) => container(id).inspect({ abortSignal })),
    containerUsage: (id) =>
      read(`asking what container ${short(id)} uses`, async (abortSignal) => {
        // Without the second look that the engine would take a second later. The SDK's types do not know the signal.
        const options: { stream: false; 'one-shot': true } = Object.assign(
          { stream: false, 'one-shot': true } as const,
          { abortSignal },
        );
        return toUsage(await container(id).stats(options));
      }),
    createContainer: (options) =>
      call(`creating container ${options.name}`, timeoutMs.create, async (abortSignal) => {
        return (await docker.createContainer({ ...options, abortSignal })).id;
      }),
    startContainer: (id) =>
      call(`starting container ${short(id)}`, timeoutMs.start, (abortSignal) =>
        settle([304], container(id).start({ abortSignal })),
      ),
    stopContainer: (id, stopTimeoutMs) =>
      call(`stopping container ${short(id)}`, stopTimeoutMs + timeoutMs.remove, (abortSignal) =>
        settle([304], container(id).stop({ abortSignal })),
      ),
    removeContainer: (id) =>
      call(`removing container ${short(id)}`, timeoutMs.remove, (abortSignal) =>
        settle([], container(id).remove({ force: true, v: true, abortSignal })),
      ),
    pullImage: (reference) =>
      call(`pulling image ${reference}`, timeoutMs.pull, (abortSignal) => pull(docker, reference, abortSignal)),
    importImage: (archive, name) =>
      call(`importing image ${name}`, timeoutMs.create, async (abortSignal) => {
        const [repo, tag] = name.split(':');
        await finish(docker, await docker.importImage(Readable.from([archive]), { repo, tag, abortSignal }));
      }),
    ...networkCalls(docker),
    ...streamCalls(docker),
    ...execCalls(docker, (attempt, work) => call(attempt, timeoutMs.read, work)),
  };
}

function networkCalls(docker: Docker) {
  const change = <T>(attempt: string, work: Work<T>) => call(attempt, timeoutMs.network, work);
  return {
    listNetworks: (labels: readonly string[]) =>
      change('listing networks', (abortSignal) =>
        docker.listNetworks({ filters: { label: [...labels] }, abortSignal }),
      ),
    createNetwork: (options: Docker.NetworkCreateOptions) =>
      change(`creating network ${options.Name}`, async (abortSignal) => {
        await docker.createNetwork({ ...options, abortSignal });
      }),
    removeNetwork: (name: string) =>
      change(`removing network ${name}`, (abortSignal) => settle([], docker.getNetwork(name).remove({ abortSignal }))),
    connectNetwork: (name: string, id: string, aliases: readonly string[]) =>
      change(`connecting container ${id.slice(0, 12)} to network ${name}`, async (abortSignal) => {
        const options = { Container: id, EndpointConfig: { Aliases: [...aliases] }, abortSignal };
        try {
          await docker.getNetwork(name).connect(options);
        } catch (error) {
          if (!/already exists in network/i.test((error as Error).message)) throw error;
        }
      }),
    listVolumes: (labels: readonly string[]) =>
      change('listing volumes', async (abortSignal) => {
        const { Volumes } = await docker.listVolumes({ filters: { label: [...labels] }, abortSignal });
        return Volumes ?? [];
      }),
    removeVolume: (name: string) =>
      change(`removing volume ${name}`, (abortSignal) => settle([], docker.getVolume(name).remove({ abortSignal }))),
  };
}

function streamCalls(docker: Docker) {
  // Only the answer's beginning has a time limit: the stream itself lasts until the signal.
  return {
    containerEvents: (labels: readonly string[], signal: AbortSignal) =>
      openStream('following events', signal, (abortSignal) =>
        docker.getEvents({ filters: { type: ['container'], label: [...labels] }, abortSignal }),
      ),
    followLogs: (id: string, since: string | null, signal: AbortSignal) =>
      openStream(`following the log of container ${id.slice(0, 12)}`, signal, (abortSignal) => {
        const from = since === null ? {} : { since };
        return docker
          .getContainer(id)
          .logs({ follow: true, stdout: true, stderr: true, timestamps: true, ...from, abortSignal });
      }),
  };
}

export type Work<T> = (abortSignal: AbortSignal) => Promise<T>;

/** A kept connection that ended with the engine before says nothing about the one that is there now: what only reads asks once more. */
function freshly<T>(work: Work<T>): Work<T> {
  return (abortSignal) =>
    work(abortSignal).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
      return work(abortSignal);
    });
}

/** The SDK leaves a promise open for ever when the engine dies in the middle of an answer: the limit holds on our side. */
async function call<T>(attempt: string, limitMs: number, work: Work<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const abort = new AbortController();
  const timer = setTimeout(() => {
    reject(new RuntimeUnavailable(`${attempt}: the container engine did not answer within ${limitMs} ms`));
    abort.abort();
  }, limitMs);
  try {
    return await Promise.race([work(abort.signal), late]);
  } catch (error) {
    throw toEngineError(attempt, error);
  } finally {
    clearTimeout(timer);
  }
}

async function openStream(
  attempt: string,
  signal: AbortSignal,
  work: (abortSignal: AbortSignal) => Promise<NodeJS.ReadableStream>,
): Promise<Readable> {
  signal.throwIfAborted();
  const stream = (await call(attempt, timeoutMs.read, () => work(signal))) as Readable;
  const close = () => stream.destroy();
  signal.addEventListener('abort', close, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', close));
  // A broken connection shows to the reader as the stream's end; without a listener it would end the process.
  stream.on('error', () => undefined);
  if (signal.aborted) close();
  return stream;
}

/** Answers that mean "it is so already". */
async function settle(codes: readonly number[], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!codes.includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
  }
}

async function pull(docker: Docker, reference: string, abortSignal: AbortSignal): Promise<void> {
  await finish(docker, await docker.pull(reference, { abortSignal }));
}

/** The engine answers 200 and reports what fails later in the stream. */
async function finish(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error, output) => {
      const failed = (output as readonly { error?: string }[] | null)?.find((line) => line.error !== undefined);
      if (error) reject(error);
      else if (failed !== undefined) reject(Object.assign(new Error(failed.error), { statusCode: 404 }));
      else resolve();
    });
  });
}

/** An operator's own profile stays. */
const isBuiltinSeccomp = (option: string) => /\bname=seccomp,profile=(?:default|builtin)\b/.test(option);

/** From 20.10.10 on a profile can say which error a call answers, without which no thread could be started in newer images. */
function takesProfiles(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+~-]/).map(Number);
  return major > 20 || (major === 20 && (minor > 10 || (minor === 10 && patch >= 10)));
}

function toUsage({ cpu_stats, memory_stats }: Docker.ContainerStats) {
  const cached = memory_stats.stats as unknown as { total_inactive_file?: number; inactive_file?: number } | undefined;
  const inactive = cached?.total_inactive_file ?? cached?.inactive_file ?? 0;
  return {
    cpuMs: (cpu_stats.cpu_usage?.total_usage ?? 0) / 1e6,
    memoryMiB: workingSetMiB(memory_stats.usage ?? 0, inactive),
  };
}

function toInfo(info: Record<string, unknown>): EngineInfo {
  const security = Array.isArray(info.SecurityOptions) ? info.SecurityOptions.map(String) : [];
  const init = info.InitCommit as { ID?: string } | undefined;
  return {
    name: String(info.Name ?? 'engine'),
    cpus: Number(info.NCPU ?? 0),
    memoryBytes: Number(info.MemTotal ?? 0),
    rootDirectory: String(info.DockerRootDir ?? ''),
    // The engine runs `docker-init --version` to learn this; `N/A` when it could not.
    hasInit: Boolean(info.InitBinary) && init?.ID !== 'N/A',
    hasOwnSeccomp: takesProfiles(String(info.ServerVersion ?? '')) && security.some(isBuiltinSeccomp),
    isRootless: security.some((option) => option.includes('rootless')),
    operatingSystem: String(info.OperatingSystem ?? ''),
    architecture: String(info.Architecture ?? ''),
  };
}
