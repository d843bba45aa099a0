import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { checkBuildInputs, explainFailure, limitReached, resolveBuildPaths } from '@sconce/buildkit';
import { CommandFailed, type Log, parseEngineAddress, run, TailBuffer, toImageFacts } from '@sconce/foundation';
import { type Builder, BuilderUnavailable, BuildFailed, type BuildRequest, type BuiltImage } from '@sconce/ports';
import Docker from 'dockerode';
import { type BuildWorkspace, endAbandonedBuilds, openBuildWorkspace, workspaceRoot } from './build-workspace.ts';
import { type DockerClient, findDockerClient } from './find-docker-client.ts';
import { guardSteps, noGuard, type StepGuard, stepLimitsProblem } from './guard-steps.ts';
import { makeBuildArguments } from './make-build-arguments.ts';

export interface DockerBuilderOptions {
  /** As in `DOCKER_HOST`; null is this machine's engine. */
  readonly dockerHost: string | null;
  /** The installation: a label on every image, and part of its tag. */
  readonly home: string;
  readonly log: Log;
  /** The docker client to use; null finds one. */
  readonly dockerCommand?: string | null;
  /** Processes and threads that one build step may have at once. Default 4096. */
  readonly stepProcesses?: number;
}

interface EngineFacts {
  readonly client: DockerClient;
  readonly architecture: string;
  /** Where the engine keeps the bundles of running steps; null where steps cannot be limited. */
  readonly executorDirectory: string | null;
  readonly workspaceRoot: string;
}

const engineCallTimeoutMs = 15_000;
const clientGraceMs = 5_000;
const keptOutputBytes = 65_536;

/** Builds with BuildKit inside the engine, by Docker's own client. */
export function createDockerBuilder(options: DockerBuilderOptions): Builder {
  const docker = new Docker({ ...parseEngineAddress(options.dockerHost), timeout: engineCallTimeoutMs });
  workspaceRoot()
    .then(endAbandonedBuilds)
    .catch((err: unknown) => options.log.warn({ err }, 'what a killed worker left behind could not be removed'));
  let known: Promise<EngineFacts> | null = null;
  const engine = (): Promise<EngineFacts> => {
    // Asked once; asked again after a failure, because what was missing may have been installed.
    known ??= examineEngine(docker, options).catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
  return {
    build: async (request, onOutput, signal) => {
      signal.throwIfAborted();
      checkBuildInputs(request);
      const [facts, paths] = await Promise.all([engine(), resolveBuildPaths(request)]);
      signal.throwIfAborted();
      const workspace = await openBuildWorkspace(facts.workspaceRoot, request.secrets);
      try {
        const marker = `${randomBytes(8).toString('hex')}.sconce.invalid`;
        const args = makeBuildArguments(request, { paths, workspace, home: options.home, marker });
        await runGuarded(facts, args, marker, { request, workspace, onOutput, signal, options });
        return await inspectBuilt(docker, await workspace.readDigest(), facts.architecture);
      } finally {
        await workspace.remove();
      }
    },
  };
}

async function examineEngine(docker: Docker, options: DockerBuilderOptions): Promise<EngineFacts> {
  const root = await workspaceRoot();
  const [client, info] = await Promise.all([
    findDockerClient(options.dockerCommand ?? null),
    asUnavailable(docker.info() as Promise<{ DockerRootDir: string; Architecture: string }>),
  ]);
  const directory = join(info.DockerRootDir, 'buildkit', 'executor');
  const isLocal = 'socketPath' in parseEngineAddress(options.dockerHost);
  const problem = await stepLimitsProblem(directory, isLocal);
  if (problem !== null) options.log.warn({ problem }, 'build steps run without limits on memory and processes');
  return {
    client,
    architecture: toImageArchitecture(info.Architecture),
    executorDirectory: problem === null ? directory : null,
    workspaceRoot: root,
  };
}

/** The engine names processors as the kernel does, images as Go does. */
function toImageArchitecture(machine: string): string {
  const names: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386' };
  return names[machine] ?? machine;
}

interface ClientRun {
  readonly request: BuildRequest;
  readonly workspace: BuildWorkspace;
  readonly onOutput: (chunk: Uint8Array) => void;
  readonly signal: AbortSignal;
  readonly options: DockerBuilderOptions;
}

async function runGuarded(
  facts: EngineFacts,
  args: readonly string[],
  marker: string,
  build: ClientRun,
): Promise<void> {
  const { limits, build: id } = build.request;
  const stepLimits = { memoryBytes: limits.memoryMiB * 1024 * 1024, processes: build.options.stepProcesses ?? 4096 };
  const onProblem = (err: unknown) => build.options.log.warn({ build: id, err }, 'a build step could not be limited');
  const guard =
    facts.executorDirectory === null
      ? noGuard
      : await guardSteps(facts.executorDirectory, marker, stepLimits, onProblem);
  try {
    await runClient(facts.client, args, guard, build);
  } finally {
    guard.stop();
  }
}

async function runClient(
  client: DockerClient,
  args: readonly string[],
  guard: StepGuard,
  build: ClientRun,
): Promise<void> {
  const { request, workspace } = build;
  const { dockerHost } = build.options;
  const tail = new TailBuffer(keptOutputBytes);
  const take = (chunk: Uint8Array): void => {
    tail.push(chunk);
    build.onOutput(chunk);
  };
  try {
    await run(client.command, args, {
      cwd: workspace.configDirectory,
      env: {
        DOCKER_BUILDKIT: '1',
        // An empty one: no credentials, proxies or contexts of whoever started us reach a build.
        DOCKER_CONFIG: workspace.configDirectory,
        HOME: workspace.configDirectory,
        ...(dockerHost === null ? {} : { DOCKER_HOST: dockerHost }),
      },
      timeoutMs: request.limits.timeMs,
      maxOutputBytes: request.limits.outputBytes,
      killGraceMs: clientGraceMs,
      signal: build.signal,
      onStdout: take,
      onStderr: take,
    });
  } catch (error) {
    await guard.stepsGone();
    throw toBuildError(error, request, { output: tail.text(), outOfMemory: guard.outOfMemory() });
  }
}

function toBuildError(error: unknown, request: BuildRequest, seen: { output: string; outOfMemory: boolean }): unknown {
  if (!(error instanceof CommandFailed)) return error;
  const { limits } = request;
  switch (error.failure) {
    case 'exit_code':
      return explainFailure({ ...seen, memoryMiB: limits.memoryMiB });
    case 'timed_out':
      return limitReached('time', limits);
    case 'output_exceeded':
      return limitReached('output', limits);
    default:
      return new BuilderUnavailable(`The docker client did not run: ${error.message}`, { cause: error });
  }
}

async function inspectBuilt(docker: Docker, digest: string, architecture: string): Promise<BuiltImage> {
  const image = docker.getImage(digest);
  const [facts, history] = await asUnavailable(Promise.all([image.inspect(), image.history()]));
  const built = toImageFacts(facts, history);
  if (built.architecture !== architecture) {
    throw new BuildFailed(
      'wrong_architecture',
      `The image is made for ${built.architecture}, and this machine is ${architecture}.`,
      'Use a base image for this machine, or remove "--platform" from FROM.',
    );
  }
  return built;
}

async function asUnavailable<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new BuilderUnavailable(`The container engine does not answer: ${(cause as Error).message}`, { cause });
  }
}
