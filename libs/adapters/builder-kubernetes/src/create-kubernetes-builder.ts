import type { KubeConfig } from '@kubernetes/client-node';
import { checkBuildInputs, limitReached, resolveBuildPaths } from '@sconce/buildkit';
import { type Log, TailBuffer } from '@sconce/foundation';
import {
  type ChannelProcess,
  channelProtocol,
  createKubernetesApi,
  createObjects,
  isForbidden,
  type KubernetesApi,
  KubernetesRefused,
  type ObjectFacts,
  type Objects,
  pathOf,
  speakChannels,
} from '@sconce/kubernetes-api';
import {
  type Builder,
  BuilderUnavailable,
  BuildFailed,
  type BuildRequest,
  type BuiltImage,
  type Clock,
  type ImageRegistry,
  RuntimeUnavailable,
} from '@sconce/ports';
import { type BuildEnd, explainEnd } from './explain-end.ts';
import { makeBuildCommand } from './make-build-command.ts';
import { type JobOptions, makeBuildJob } from './make-build-job.ts';
import { makeBuildNamespace } from './make-build-namespace.ts';
import { buildContainer, cacheTag, imageTag, jobName } from './names.ts';
import { packFolder, packInput } from './pack-input.ts';
import { makeBuildkitConfig, makeDockerConfig, toRegistryPlace } from './registry-place.ts';
import { type BuildPods, watchBuildPods } from './watch-build-pod.ts';

export interface KubernetesBuilderOptions extends JobOptions {
  readonly kubeConfig: KubeConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Where builds push to, as they reach it: `registry.example/team`; `http://` before it for one without TLS. */
  readonly registry: string;
  readonly credentials: { readonly username: string; readonly password: string } | null;
  /** Reads the same registry, as this process reaches it. */
  readonly images: Pick<ImageRegistry, 'inspect'> & {
    /** Of its images. */
    readonly repository: string;
    /** Whether a repository beside the images' own has this tag. */
    hasTag(repository: string, tag: string): Promise<boolean>;
  };
  /** Addresses within private networks that builds reach besides the registry, in CIDR notation. */
  readonly egressCidrs: readonly string[];
  /** For BuildKit's daemon, in its own words (buildkitd.toml): mirrors, authorities. */
  readonly buildkitConfig: string;
}

const keptOutputBytes = 65_536;
/** What was changed by hand is put back so often. */
const ensureEveryMs = 5 * 60_000;

/** Builds with BuildKit in a pod of its own for each build; the image goes from there to a registry. */
export function createKubernetesBuilder(options: KubernetesBuilderOptions): Builder & { stop(): Promise<void> } {
  const api = createKubernetesApi(options.kubeConfig, options.clock);
  const objects = createObjects(api);
  const pods = watchBuildPods(objects, options.namespace, options.clock);
  const ensureNamespace = keepNamespace(objects, options);
  return {
    async build(request, onOutput, signal) {
      signal.throwIfAborted();
      checkBuildInputs(request);
      const paths = await resolveBuildPaths(request);
      const attempt = { request, paths, onOutput, signal, name: jobName(request.build) };
      try {
        await ensureNamespace();
        signal.throwIfAborted();
        const end = await runJob({ api, objects, pods, options }, attempt);
        return await readBuilt(options, end);
      } catch (error) {
        signal.throwIfAborted();
        throw toBuilderError(error);
      }
    },
    stop: () => api.close(),
  };
}

interface Parts {
  readonly api: KubernetesApi;
  readonly objects: Objects;
  readonly pods: BuildPods;
  readonly options: KubernetesBuilderOptions;
}

interface Attempt {
  readonly name: string;
  readonly request: BuildRequest;
  readonly paths: { readonly context: string; readonly dockerfile: string };
  readonly onOutput: (chunk: Uint8Array) => void;
  readonly signal: AbortSignal;
}

async function runJob(parts: Parts, attempt: Attempt): Promise<BuildEnd> {
  const { objects, pods, options } = parts;
  const { name, request, signal } = attempt;
  const command = await makeCommand(options, request);
  await objects.create(makeBuildJob(name, request, options));
  try {
    const say = (words: string) => attempt.onOutput(Buffer.from(`${words}\n`));
    const { metadata } = await pods.started(name, say, signal);
    const path = `${pathOf('Pod', options.namespace, metadata.name)}/attach`;
    const search = `?${new URLSearchParams({ container: buildContainer, stdin: 'true', stdout: 'true', stderr: 'true' })}`;
    const socket = await parts.api.socket(`speaking to build ${request.build}`, path, search, channelProtocol);
    const output = await converse(speakChannels(socket, false), attempt, command, options);
    return explainEnd(await pods.ended(name), output, request.limits);
  } finally {
    await removeJob(parts, name);
  }
}

async function makeCommand(options: KubernetesBuilderOptions, request: BuildRequest): Promise<string> {
  const { address, isPlainHttp } = toRegistryPlace(options.registry);
  const { repository } = options.images;
  const cache = `${repository}-cache`;
  const scope = cacheTag(request.cacheScope);
  const images = {
    image: `${address}/${repository}:${imageTag(request.build)}`,
    cache: `${address}/${cache}:${scope}`,
    cacheIsThere: !request.noCache && (await fromRegistry(options.images.hasTag(cache, scope))),
    isPlainHttp,
  };
  return makeBuildCommand(request, images, options.home);
}

/** Sends a build all it needs and reads what it says, until it ends or one of its limits is reached. Answers the last of it. */
async function converse(
  process: ChannelProcess,
  { request, paths, onOutput, signal }: Attempt,
  command: string,
  options: KubernetesBuilderOptions,
): Promise<string> {
  const { limits, secrets } = request;
  const place = toRegistryPlace(options.registry);
  const tail = new TailBuffer(keptOutputBytes);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(limitReached('time', limits)), limits.timeMs);
  const either = AbortSignal.any([signal, stop.signal]);
  // Its input ends with the connection, and the build with its input.
  either.addEventListener('abort', () => process.close(), { once: true });
  const input = {
    command,
    dockerfile: paths.dockerfile,
    secrets,
    dockerConfig: makeDockerConfig(place.host, options.credentials),
    buildkitConfig: makeBuildkitConfig(place, options.buildkitConfig),
  };
  const sent = send(process, input, paths.context, either).catch((error: unknown) => stop.abort(error));
  let bytes = 0;
  try {
    for await (const chunk of process.output) {
      bytes += chunk.bytes.length;
      if (bytes > limits.outputBytes) stop.abort(limitReached('output', limits));
      if (either.aborted) break;
      tail.push(chunk.bytes);
      onOutput(chunk.bytes);
    }
  } catch (error) {
    // A container that ended may take its connection with it: its pod says what came of it.
    if (!either.aborted) options.log.debug({ err: error, build: request.build }, 'the connection to a build ended');
  } finally {
    clearTimeout(timer);
    process.close();
    await sent;
  }
  either.throwIfAborted();
  return tail.text();
}

async function send(
  process: ChannelProcess,
  input: Parameters<typeof packInput>[0],
  context: string,
  signal: AbortSignal,
): Promise<void> {
  for await (const frame of packInput(input)) await process.write(frame);
  for await (const frame of packFolder(context, signal)) await process.write(frame);
}

/** No process of it is left when this resolves, but where the cluster does not answer: there its input has ended, and so it does. */
async function removeJob({ objects, pods, options }: Parts, name: string): Promise<void> {
  try {
    await objects.remove('Job', options.namespace, name);
    await pods.ended(name);
  } catch (err) {
    options.log.warn(
      { err, job: name },
      'the Job of a build could not be removed; Kubernetes will, some minutes after its end',
    );
  }
}

async function readBuilt(options: KubernetesBuilderOptions, { digest, architecture }: BuildEnd): Promise<BuiltImage> {
  const image = await fromRegistry(options.images.inspect(digest));
  if (image === null) {
    throw new BuilderUnavailable(
      `The registry has no image ${digest}, which a build has just pushed: is ${toRegistryPlace(options.registry).address} the registry that this process reads?`,
    );
  }
  if (image.architecture === architecture) return image;
  throw new BuildFailed(
    'wrong_architecture',
    `The image is made for ${image.architecture}, and the node that built it is ${architecture}.`,
    'Use a base image for the nodes of this cluster, or remove "--platform" from FROM.',
  );
}

function keepNamespace(objects: Objects, options: KubernetesBuilderOptions): () => Promise<void> {
  const { clock, home, namespace } = options;
  const manifests = makeBuildNamespace({
    home,
    namespace,
    registry: toRegistryPlace(options.registry).reach,
    egressCidrs: options.egressCidrs,
  });
  let lastAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.now() - lastAt < ensureEveryMs) return;
    for (const manifest of manifests) {
      await objects.apply<ObjectFacts>(manifest).catch((error: unknown) => {
        // Who has no more than the rights of makeBuildAccess found the namespace made for him.
        if (manifest.kind !== 'Namespace' || !isForbidden(error)) throw error;
      });
    }
    lastAt = clock.now();
  };
}

/** A registry that is away is nothing that the user wrote. */
async function fromRegistry<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new BuilderUnavailable((cause as Error).message, { cause });
  }
}

/** A cluster that is away or says no is nothing that the user wrote. */
function toBuilderError(error: unknown): unknown {
  if (error instanceof RuntimeUnavailable || error instanceof KubernetesRefused)
    return new BuilderUnavailable(`The cluster does not build: ${error.message}`, { cause: error });
  return error;
}
