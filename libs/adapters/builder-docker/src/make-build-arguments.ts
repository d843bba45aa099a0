import { type BuildPaths, cacheScopeArgument } from '@sconce/buildkit';
import type { BuildRequest } from '@sconce/ports';
import type { BuildWorkspace } from './build-workspace.ts';

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
