import type { Log } from '@sconce/foundation';
import { type Clock, ReplicasRefused, type ReplicaTarget } from '@sconce/ports';
import type { Engine } from '../engine/engine.ts';
import {
  EngineRefused,
  isConflict,
  isImageMissing,
  isNameTaken,
  isNetworkMissing,
  isNotFound,
} from '../engine/engine-errors.ts';
import { noGpuMessage } from '../gpus/choose-gpus.ts';
import type { EnvironmentNetworks } from '../isolation/environment-networks.ts';
import { containerName, label, otherContainerName, parseReplicaLabels, replicaName } from '../names.ts';
import { imageReference, makeContainer } from './make-container.ts';
import type { ReplicaTracker } from './replica-tracker.ts';

export interface ReplicaParts {
  readonly engine: Engine;
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly networks: EnvironmentNetworks;
  readonly tracker: ReplicaTracker;
  hasInit(): Promise<boolean>;
}

/** A new replica in this slot; fine when another process makes the same one at the same time. */
export async function createReplica(
  parts: ReplicaParts,
  target: ReplicaTarget,
  slot: number,
  gpus: readonly string[],
  mayRepeat = true,
): Promise<void> {
  const place = { home: parts.home, slot, gpus, hasInit: await parts.hasInit() };
  const create = async (name?: string) => {
    const options = makeContainer(target, name === undefined ? place : { ...place, name });
    return createContainer(parts, target, options);
  };
  const usual = containerName(target.service, replicaName(target.releaseNumber, target.release, slot));
  const id = (await create()) ?? (await create(otherContainerName(usual, parts.home, target.release)));
  if (id === null)
    throw new Error(`creating replica ${usual}: its names are taken by containers that are not Sconce's`);
  if (gpus.length > 0) await yieldSharedGpus(parts, target, id, gpus);
  const again = () => createReplica(parts, target, slot, gpus, false);
  await startReplica(parts, target, id, mayRepeat ? again : null);
}

/** Another process may have chosen the same device in the same moment: the container that was made later gives way. */
async function yieldSharedGpus(
  parts: ReplicaParts,
  target: ReplicaTarget,
  id: string,
  gpus: readonly string[],
): Promise<void> {
  const { engine } = parts;
  const holders = (await engine.listContainers([label.gpus])).filter(({ Id, Labels }) => {
    return Id !== id && (Labels[label.gpus] ?? '').split(',').some((gpu) => gpus.includes(gpu));
  });
  if (holders.length === 0) return;
  const mine = await engine.inspectContainer(id);
  if (mine.State.Running) return;
  for (const holder of holders) {
    const theirs = await engine.inspectContainer(holder.Id);
    if (theirs.Created > mine.Created && !theirs.State.Running) continue;
    await removeQuietly(parts, id);
    throw new Error(`starting a replica of ${target.service.service}: its GPU was taken by another in the same moment`);
  }
}

const leavingPauseMs = 50;
const leavingTries = 40;

/** Null when the name belongs to something that is not this replica. */
async function createContainer(
  parts: ReplicaParts,
  target: ReplicaTarget,
  options: ReturnType<typeof makeContainer>,
): Promise<string | null> {
  const { engine, clock } = parts;
  let hasPulled = false;
  for (let tries = 0; ; tries += 1) {
    try {
      return await engine.createContainer(options);
    } catch (error) {
      if (isImageMissing(error) && !hasPulled) {
        await pullImage(parts, target);
        hasPulled = true;
        continue;
      }
      if (!isConflict(error)) throw toRefusal(error, target);
      const holder = isNameTaken(error) ? await findHolder(parts, target, options.name ?? '') : 'leaving';
      if (holder === 'foreign') return null;
      if (holder !== 'leaving') return holder;
      // The one before it in this slot is just being removed.
      if (tries >= leavingTries) throw error;
      await clock.sleep(leavingPauseMs);
    }
  }
}

async function findHolder(
  parts: ReplicaParts,
  target: ReplicaTarget,
  name: string,
): Promise<string | 'foreign' | 'leaving'> {
  try {
    const facts = await parts.engine.inspectContainer(name);
    const labels = parseReplicaLabels(facts.Config.Labels ?? {}, parts.home);
    if (labels?.release !== target.release || labels.service !== target.service.service) return 'foreign';
    return facts.State.Dead || facts.State.Status === 'removing' ? 'leaving' : facts.Id;
  } catch (error) {
    if (isNotFound(error)) return 'leaving';
    throw error;
  }
}

async function pullImage(parts: ReplicaParts, target: ReplicaTarget): Promise<void> {
  const reference = imageReference(target);
  if (target.image.repository === null) {
    throw new ReplicasRefused(
      'image_missing',
      `The image ${reference.slice(0, 19)} is not on this machine any more. Build the commit again.`,
    );
  }
  parts.log.info({ image: reference, release: target.release }, 'pulling an image');
  try {
    await parts.engine.pullImage(reference);
  } catch (error) {
    if (!(error instanceof EngineRefused)) throw error;
    throw Object.assign(
      new ReplicasRefused('image_pull_failed', `The image ${reference} cannot be pulled: ${error.detail}`),
      { cause: error },
    );
  }
}

/**
 * Starts a container that stands. `again` makes a new one where this one cannot be started as it is: its network is another
 * one by now. What can never start is removed and refused.
 */
export async function startReplica(
  parts: ReplicaParts,
  target: ReplicaTarget,
  id: string,
  again: (() => Promise<void>) | null,
): Promise<void> {
  const { engine, networks, tracker } = parts;
  try {
    await engine.startContainer(id);
    tracker.adopt(await engine.inspectContainer(id));
    tracker.notify(target.service.service);
  } catch (error) {
    if (!(error instanceof EngineRefused)) throw error;
    // Gone in between: another process removes what this one starts, or a person does. The next pass sees it.
    if (isNotFound(error) && !isNetworkMissing(error)) throw error;
    await removeQuietly(parts, id);
    if (!isNetworkMissing(error) || again === null) throw toRefusal(error, target);
    networks.forget(target.service.environment);
    await networks.ensure(target.service.environment);
    await again();
  }
}

async function removeQuietly({ engine, tracker, log }: ReplicaParts, id: string): Promise<void> {
  tracker.forget(id);
  await engine.removeContainer(id).catch((error: unknown) => {
    log.warn({ err: error, container: id }, 'a replica that could not start was not removed');
  });
}

/** The machine has run short of something for the moment: no fault of the target. */
const isPassing =
  /cannot allocate memory|resource temporarily unavailable|too many open files|no available IPv4|context canceled|timed? ?out/i;

/** The engine's no, when it is about the target; other errors as they are. */
function toRefusal(error: unknown, target: ReplicaTarget): unknown {
  if (!(error instanceof EngineRefused)) return error;
  const { detail } = error;
  if (isPassing.test(detail)) return error;
  const refused = (reason: ConstructorParameters<typeof ReplicasRefused>[0], message: string) =>
    Object.assign(new ReplicasRefused(reason, message), { cause: error });
  if (/device driver "nvidia"|nvidia-container|could not select device/i.test(detail)) {
    return refused('no_gpu_here', `${noGpuMessage} (The engine cannot hand out GPUs: ${detail.slice(0, 300)})`);
  }
  if (/no space left/i.test(detail))
    return refused('no_disk_space', 'There is no disk space left on this machine to start it.');
  const command =
    /exec: \\?"?([^":\\]+)\\?"?: (executable file not found|permission denied|no such file or directory)/i.exec(detail);
  if (command !== null) {
    return refused(
      'start_failed',
      `The command ${JSON.stringify(command[1])} cannot be run in this image: ${command[2]}.`,
    );
  }
  if (/no command specified/i.test(detail)) {
    return refused('start_failed', 'The image names no command. Give the service one, or add CMD to the Dockerfile.');
  }
  if (error.statusCode === 400 || /OCI runtime|failed to create|invalid/i.test(detail)) {
    return refused('start_failed', `${target.service.serviceSlug} cannot be started: ${detail.slice(0, 500)}`);
  }
  return error;
}
