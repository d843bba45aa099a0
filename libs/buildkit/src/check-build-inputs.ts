import { BuildFailed, type BuildRequest } from '@sconce/ports';

/** The kernel refuses a single argument of 128 KiB (execve(2), MAX_ARG_STRLEN). */
const longestArgumentBytes = 65_536;
/** BuildKit takes no larger secret. */
const largestSecretBytes = 500 * 1024;
/** BuildKit puts its value before the id of every cache mount; it is part of no cache key and no image. */
export const cacheScopeArgument = 'BUILDKIT_CACHE_MOUNT_NS';

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
