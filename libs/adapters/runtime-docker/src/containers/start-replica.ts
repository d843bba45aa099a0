import type { Log } from '@sconce/foundation';
import { type Clock, ReplicasRefused, type ReplicaTarget } from '@sconce/ports';
import type { Engine } from '../engine/engine.ts';
import { EngineRefused, isConflict, isNameTaken, isNotFound, isSandboxMissing } from '../engine/engine-errors.ts';
import { containerName, label, otherContainerName, parseReplicaLabels, replicaName } from '../names.ts';
import type { SandboxPool } from '../sandboxes/sandbox-pool.ts';
import { ensureImage } from './ensure-image.ts';
import { hasWayBefore } from './has-way-before.ts';
import { inspectReplica } from './inspect-replica.ts';
import { type ContainerPlace, imageReference, makeContainer } from './make-container.ts';
import { removeWithSandbox } from './remove-with-sandbox.ts';
import { startSidecars } from './replica-sidecars.ts';
import type { ReplicaTracker } from './replica-tracker.ts';
import { toRefusal } from './to-refusal.ts';

export type EngineTraits = Pick<ContainerPlace, 'hasInit' | 'seccomp'>;

export interface ReplicaParts {
  readonly engine: Engine;
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly sandboxes: SandboxPool;
  readonly tracker: ReplicaTracker;
  /** What depends on the engine. */
  engineTraits(): Promise<EngineTraits>;
}

/** A new replica in this slot; fine when another process makes the same one at the same time. */
export async function createReplica(
  parts: ReplicaParts,
  target: ReplicaTarget,
  slot: number,
  gpus: readonly string[],
  mayRepeat = true,
): Promise<void> {
  const sandbox = await parts.sandboxes.claim(target.service);
  const made = await createInSandbox(parts, target, { slot, gpus, sandbox }).catch(async (error: unknown) => {
    await parts.sandboxes.giveBack(target.service, sandbox);
    throw error;
  });
  if (made.sandbox === sandbox) parts.sandboxes.handedOver(sandbox);
  else await parts.sandboxes.giveBack(target.service, sandbox);
  const again = () => createReplica(parts, target, slot, gpus, false);
  if (gpus.length > 0) await yieldSharedGpus(parts, target, made.id, gpus);
  if (!(await yieldSharedSandbox(parts, made))) return mayRepeat ? again() : undefined;
  await startReplica(parts, target, made, mayRepeat ? again : null);
}

interface MadeReplica {
  readonly id: string;
  /** Another one than it was to have when somebody else had made this very replica already. */
  readonly sandbox: string;
}

async function createInSandbox(
  parts: ReplicaParts,
  target: ReplicaTarget,
  wanted: { readonly slot: number; readonly gpus: readonly string[]; readonly sandbox: string },
): Promise<MadeReplica> {
  const place = { ...wanted, home: parts.home, ...(await parts.engineTraits()) };
  const create = async (name?: string) => {
    const options = makeContainer(target, name === undefined ? place : { ...place, name });
    return createContainer(parts, target, options);
  };
  const usual = containerName(target.service, replicaName(target.releaseNumber, target.release, wanted.slot));
  const made = (await create()) ?? (await create(otherContainerName(usual, parts.home, target.release)));
  if (made === null)
    throw new Error(`creating replica ${usual}: its names are taken by containers that are not Sconce's`);
  return made;
}

/** Another process may have chosen the same device in the same moment: the container that was made later gives way. */
async function yieldSharedGpus(
  parts: ReplicaParts,
  target: ReplicaTarget,
  id: string,
  gpus: readonly string[],
): Promise<void> {
  const holders = (await parts.engine.listContainers([label.gpus])).filter(({ Id, Labels }) => {
    return Id !== id && (Labels[label.gpus] ?? '').split(',').some((gpu) => gpus.includes(gpu));
  });
  if (await hasWayBefore(parts.engine, id, holders)) return;
  await removeQuietly(parts, id);
  throw new Error(`starting a replica of ${target.service.service}: its GPU was taken by another in the same moment`);
}

/** The same for a sandbox that stood ready. False when it gave way, and another is needed. */
async function yieldSharedSandbox(parts: ReplicaParts, { id, sandbox }: MadeReplica): Promise<boolean> {
  const sharing = await parts.engine.listContainers([`${label.home}=${parts.home}`, `${label.sandbox}=${sandbox}`]);
  const others = sharing.filter(({ Id, Labels }) => Id !== id && Labels[label.kind] === 'replica');
  if (await hasWayBefore(parts.engine, id, others)) return true;
  parts.tracker.forget(id);
  await parts.engine.removeContainer(id);
  return false;
}

const leavingPauseMs = 50;
const leavingTries = 40;

/** Null when the name belongs to something that is not this replica. */
async function createContainer(
  parts: ReplicaParts,
  target: ReplicaTarget,
  options: ReturnType<typeof makeContainer>,
): Promise<MadeReplica | null> {
  const { engine, clock } = parts;
  for (let tries = 0; ; tries += 1) {
    try {
      const id = await ensureImage(parts, imageReference(target), () => engine.createContainer(options));
      return { id, sandbox: options.Labels?.[label.sandbox] ?? '' };
    } catch (error) {
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
): Promise<MadeReplica | 'foreign' | 'leaving'> {
  try {
    const facts = await parts.engine.inspectContainer(name);
    const labels = parseReplicaLabels(facts.Config.Labels ?? {}, parts.home);
    if (labels?.release !== target.release || labels.service !== target.service.service) return 'foreign';
    return facts.State.Dead || facts.State.Status === 'removing'
      ? 'leaving'
      : { id: facts.Id, sandbox: labels.sandbox };
  } catch (error) {
    if (isNotFound(error)) return 'leaving';
    throw error;
  }
}

/**
 * Starts a container that stands. `again` makes a new one where this one cannot be started as it is: its sandbox is gone or
 * has ended. What can never start is removed and refused.
 */
async function startReplica(
  parts: ReplicaParts,
  target: ReplicaTarget,
  { id, sandbox }: MadeReplica,
  again: (() => Promise<void>) | null,
): Promise<void> {
  const { engine, tracker } = parts;
  try {
    await startSidecarsOf(parts, target, { id, sandbox });
    await engine.startContainer(id);
    tracker.adopt(await inspectReplica(engine, id, sandbox));
    tracker.notify(target.service.service);
  } catch (error) {
    if (error instanceof ReplicasRefused) await removeQuietly(parts, id);
    if (!(error instanceof EngineRefused)) throw error;
    const needsAnother = isSandboxMissing(error);
    // Gone in between: another process removes what this one starts, or a person does. The next pass sees it.
    if (isNotFound(error) && !needsAnother) throw error;
    await removeQuietly(parts, id);
    if (!needsAnother || again === null) throw toRefusal(error, target);
    await again();
  }
}

async function startSidecarsOf(parts: ReplicaParts, target: ReplicaTarget, made: MadeReplica): Promise<void> {
  if ((target.sidecars ?? []).length === 0) return;
  const { Name, Config } = await parts.engine.inspectContainer(made.id);
  const slot = Number(Config.Labels?.[label.slot] ?? 0);
  const place = { home: parts.home, slot, sandbox: made.sandbox, replicaContainer: Name.replace(/^\//, '') };
  await startSidecars(parts, target, { ...place, ...(await parts.engineTraits()) });
}

/** One that ran before: with the engine, its sandbox may have ended too. */
export async function startStandingReplica(
  parts: ReplicaParts,
  target: ReplicaTarget,
  id: string,
  again: (() => Promise<void>) | null,
): Promise<void> {
  const { sandbox } = await inspectReplica(parts.engine, id);
  if (sandbox !== null && !sandbox.State.Running) {
    await parts.engine.startContainer(sandbox.Id).catch((error: unknown) => {
      // Starting the replica fails then, too, and says what to do.
      if (!(error instanceof EngineRefused)) throw error;
    });
  }
  await startReplica(parts, target, { id, sandbox: sandbox?.Id ?? '' }, again);
}

async function removeQuietly(parts: ReplicaParts, id: string): Promise<void> {
  parts.tracker.forget(id);
  await removeWithSandbox(parts, id).catch((error: unknown) => {
    parts.log.warn({ err: error, container: id }, 'a replica that could not start was not removed');
  });
}
