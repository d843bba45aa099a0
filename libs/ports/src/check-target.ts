import { isId, isImageReference, isSlug, type Reason, type Sidecar } from '@sconce/core';
import { ReplicasRefused, type ReplicaTarget } from './runtime.ts';

/** Linux takes no longer `NAME=value` or argument (MAX_ARG_STRLEN). */
const longestString = 128 * 1024 - 1;
/** Linux gives arguments and variables a quarter of the stack, 2 MiB; pointers and the program's own need some of it. */
const mostBytes = 1_900 * 1024;
const pointerBytes = 8;
const mostReplicas = 1_000;
/** Docker's own least. */
const leastMemoryMiB = 6;

/** Throws `ReplicasRefused` when no runtime could run this. Names values by their variable, never by what they hold. */
export function checkTarget(target: ReplicaTarget): void {
  checkNames(target);
  checkNumber('replicas', target.replicas, 0, mostReplicas);
  checkNumber('port', target.port, 1, 65_535);
  checkNumber('generation', target.generation, 0, Number.MAX_SAFE_INTEGER);
  checkNumber('stopTimeoutMs', target.stopTimeoutMs, 0, 24 * 3_600_000);
  const { cpuMilli, memoryMiB } = target.resources;
  if (cpuMilli !== null) checkNumber('cpuMilli', cpuMilli, 1, 10_000_000);
  if (memoryMiB !== null) checkNumber('memoryMiB', memoryMiB, leastMemoryMiB, 1_000_000_000);
  checkProcess(target);
  checkSidecars(target);
  checkProbePath(target.probe.path);
  for (const volume of target.volumes) checkVolume(volume.name, volume.path);
  const paths = target.volumes.map((volume) => volume.path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) refuse(`Two volumes have the path ${shown(twice)}. Give each a path of its own.`);
}

function refuse(message: string, reason: Reason = 'start_failed'): never {
  throw new ReplicasRefused(reason, message);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}

function checkNumber(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    refuse(`${name} is ${value}; it has to be a whole number from ${least} to ${most}.`);
  }
}

function checkNames(target: ReplicaTarget): void {
  const { service, image } = target;
  const areIds = isId('svc', service.service) && isId('env', service.environment) && isId('rel', target.release);
  if (!areIds) refuse('The service, environment or release has no valid id.', 'internal_error');
  for (const slug of [service.projectSlug, service.environmentSlug, service.serviceSlug]) {
    if (!isSlug(slug)) refuse(`${shown(slug)} cannot be part of a container's name.`, 'internal_error');
  }
  if (!/^sha256:[0-9a-f]{64}$/.test(image.digest)) {
    refuse(`${shown(image.digest)} is no image digest (sha256: and 64 hex digits).`, 'image_missing');
  }
  if (image.repository !== null && !/^[a-z0-9][a-z0-9._:/-]{0,300}$/.test(image.repository)) {
    refuse(`${shown(image.repository)} is no image repository.`, 'image_missing');
  }
}

function checkProcess(target: Pick<ReplicaTarget, 'command' | 'environmentVariables'>): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(target.environmentVariables)) {
    if (name === '' || /[=\0]/.test(name)) refuse(`${shown(name)} cannot be the name of a variable.`);
    const size = Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
    if (value.includes('\0')) {
      refuse(
        `The variable ${shown(name)} holds a NUL character, which no process can be given. Encode it (base 64, say).`,
      );
    }
    if (size > longestString)
      refuse(`The variable ${shown(name)} is longer than 128 KiB. Put it into a file or a volume.`);
    bytes += size + pointerBytes;
  }
  if (target.command?.length === 0) refuse("The command is empty. Leave it out to use the image's own.");
  for (const part of target.command ?? []) {
    if (part.includes('\0')) refuse('The command holds a NUL character, which no process can be given.');
    if (Buffer.byteLength(part) > longestString) refuse('One argument of the command is longer than 128 KiB.');
    bytes += Buffer.byteLength(part) + pointerBytes;
  }
  if (bytes > mostBytes) {
    refuse(
      'Variables and command are longer than 1.9 MB together, more than a process can be given. Put the largest into a file.',
    );
  }
}

function checkSidecars({ sidecars = [], environmentVariables }: ReplicaTarget): void {
  const names = sidecars.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse(`Two sidecars have the name ${shown(twice)}. Give each a name of its own.`);
  for (const sidecar of sidecars) checkSidecar(sidecar, environmentVariables);
}

function checkSidecar(sidecar: Sidecar, variables: ReplicaTarget['environmentVariables']): void {
  const { name, image, command, env, sharesVariables, cpuMilli, memoryMiB } = sidecar;
  if (!isSlug(name) || name === 'main') refuse(`${shown(name)} cannot be the name of a sidecar.`);
  if (!isImageReference(image)) refuse(`${shown(image)} is no image that could be pulled.`, 'image_missing');
  if (cpuMilli !== null) checkNumber(`cpuMilli of the sidecar ${name}`, cpuMilli, 1, 10_000_000);
  if (memoryMiB !== null) checkNumber(`memoryMiB of the sidecar ${name}`, memoryMiB, leastMemoryMiB, 1_000_000_000);
  checkProcess({ command, environmentVariables: sharesVariables ? { ...variables, ...env } : env });
}

function checkProbePath(path: string | null): void {
  // Printable ASCII without blanks: it is written into a request as it stands.
  if (path !== null && !/^\/[!-~]{0,2000}$/.test(path)) {
    refuse(`The probe's path ${shown(path)} has to begin with / and hold no blanks or control characters.`);
  }
}

function checkVolume(name: string, path: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/.test(name)) refuse(`${shown(name)} cannot be the name of a volume.`);
  const parts = path.split('/').slice(1);
  const isPlain =
    path.startsWith('/') && !path.includes('\0') && parts.every((part) => !['', '.', '..'].includes(part));
  if (!isPlain) refuse(`The volume path ${shown(path)} has to be absolute and plain, like /models.`);
  if (['proc', 'sys', 'dev'].includes(parts[0] ?? '')) refuse(`No volume can be mounted at ${shown(path)}.`);
}
