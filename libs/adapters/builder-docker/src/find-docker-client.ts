import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed, run, systemPath } from '@sconce/foundation';
import { BuilderUnavailable } from '@sconce/ports';

export interface DockerClient {
  /** Absolute path. */
  readonly command: string;
  readonly version: string;
}

const checkTimeoutMs = 10_000;

/**
 * Finds a docker client that can use BuildKit: before version 23 it is built in, later ones need the buildx plugin. The first on the
 * PATH is not always one, so all are asked. Throws `BuilderUnavailable` that says what was found and what to install.
 */
export async function findDockerClient(preferred: string | null, searchPath = systemPath): Promise<DockerClient> {
  // Debian's own package first: it always brings what it needs.
  const candidates =
    preferred === null
      ? ['/usr/bin/docker', ...searchPath.split(':').map((folder) => join(folder, 'docker'))]
      : [preferred];
  const unfit: string[] = [];
  for (const command of new Set(candidates)) {
    if (!(await isExecutable(command))) continue;
    const answer = await examine(command);
    if (answer.unfit === null) return { command, version: answer.version };
    unfit.push(`${command}: ${answer.unfit}`);
  }
  const found = unfit.length === 0 ? `none at ${[...new Set(candidates)].join(', ')}` : unfit.join('; ');
  throw new BuilderUnavailable(
    `No docker client with BuildKit was found (${found}). Install one: apt-get install docker.io, or docker-ce-cli with docker-buildx-plugin.`,
  );
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function examine(command: string): Promise<{ readonly version: string; readonly unfit: string | null }> {
  try {
    const version = parseClientVersion(await ask(command, ['--version']));
    if (version === null) return { version: '', unfit: 'does not say its version' };
    if (Number.parseInt(version, 10) < 23) return { version, unfit: null };
    await ask(command, ['buildx', 'version']);
    return { version, unfit: null };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return { version: '', unfit: error.failure === 'exit_code' ? 'has no buildx plugin' : error.message };
  }
}

async function ask(command: string, args: readonly string[]): Promise<string> {
  // An empty configuration: the caller's own contexts and plugins are not what builds will run with.
  const env = { DOCKER_CONFIG: '/nonexistent', HOME: '/nonexistent' };
  const { stdout } = await run(command, args, { env, timeoutMs: checkTimeoutMs, maxOutputBytes: 65_536 });
  return stdout.toString('utf8');
}

/** `Docker version 20.10.24+dfsg1, build 297e128` -> `20.10.24+dfsg1`. */
export function parseClientVersion(text: string): string | null {
  return /^Docker version (\d+\.[^\s,]+)/.exec(text)?.[1] ?? null;
}
