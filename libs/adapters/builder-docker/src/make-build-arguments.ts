import { BuildFailed, type BuildRequest } from '@sconce/ports';
import type { BuildWorkspace } from './build-workspace.ts';
import type { BuildPaths } from './resolve-build-paths.ts';

/** The kernel refuses a single argument of 128 KiB (execve(2), MAX_ARG_STRLEN). */
const longestArgumentBytes = 65_536;
/** BuildKit takes no larger secret. */
const largestSecretBytes = 500 * 1024;
const cacheScopeArgument = 'BUILDKIT_CACHE_MOUNT_NS';

/** The words after `docker`. Everything goes by `--name=value` or as an absolute path: no value can become an option. */
export function makeBuildArguments(
  request: BuildRequest,
  place: {
    readonly paths: BuildPaths;
    readonly workspace: BuildWorkspace;
    readonly home: string;
    readonly marker: string;
  },
): readonly string[] {
  const labels = { ...request.labels, 'sconce.build': request.build, 'sconce.home': place.home };
  return [
    'build',
    '--progress=plain',
    // A tag of its own keeps the image from being pruned as a dangling one; nothing ever looks an image up by it.
    `--tag=${imageTag(place.home, request.build)}`,
    `--iidfile=${place.workspace.digestFile}`,
    `--file=${place.paths.dockerfile}`,
    ...(request.noCache ? ['--no-cache'] : []),
    ...Object.entries(labels).map(([name, value]) => `--label=${name}=${value}`),
    ...Object.entries(withMarker(request.args, place.marker)).map(([name, value]) => `--build-arg=${name}=${value}`),
    // BuildKit puts it before the id of every cache mount; it is part of no cache key and no image.
    `--build-arg=${cacheScopeArgument}=${request.cacheScope}`,
    ...place.workspace.secrets.map(({ name, file }) => `--secret=id=${name},src=${file}`),
    place.paths.context,
  ];
}

export function imageTag(home: string, build: string): string {
  return `sconce/${home.toLowerCase()}/${build}`;
}

/**
 * Marks the processes of this build's steps. BuildKit gives the proxy arguments to every step, declared or not, and leaves
 * them out of cache keys and images; in NO_PROXY a name that exists nowhere changes nothing for anybody.
 */
function withMarker(args: BuildRequest['args'], marker: string): Readonly<Record<string, string>> {
  const name = Object.keys(args).find((key) => key.toLowerCase() === 'no_proxy') ?? 'NO_PROXY';
  const own = args[name];
  return { ...args, [name]: own === undefined || own === '' ? marker : `${own},${marker}` };
}

/** Throws `BuildFailed` for names and values that no build could take. */
export function checkBuildInputs(request: Pick<BuildRequest, 'args' | 'secrets'>): void {
  for (const [name, value] of Object.entries(request.args)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw invalid(
        `The build argument ${JSON.stringify(name.slice(0, 80))} is not a name.`,
        'Use letters, digits and _.',
      );
    }
    if (name === 'BUILDKIT_SYNTAX') {
      throw invalid('BUILDKIT_SYNTAX is not taken as a build argument.', 'Use a "# syntax=docker/dockerfile:1" line.');
    }
    if (name === cacheScopeArgument) {
      throw invalid(`${name} is not taken as a build argument.`, 'Give the cache mount an id of its own instead.');
    }
    if (value.includes('\0') || Buffer.byteLength(value) > longestArgumentBytes) {
      throw invalid(
        `The value of build argument ${name} is not text of at most 64 KiB.`,
        'Put large inputs into a file.',
      );
    }
  }
  const names = request.secrets.map((secret) => secret.name);
  for (const { name, value } of request.secrets) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) || names.indexOf(name) !== names.lastIndexOf(name)) {
      throw invalid(`The build secret ${JSON.stringify(name.slice(0, 80))} is not a name of its own.`, null);
    }
    if (value.byteLength > largestSecretBytes) throw invalid(`The build secret ${name} is larger than 500 KiB.`, null);
  }
}

function invalid(message: string, hint: string | null): BuildFailed {
  return new BuildFailed('config_invalid', message, hint);
}
